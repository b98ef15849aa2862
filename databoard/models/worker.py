"""Worker processes, as they report themselves."""

from datetime import datetime

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from databoard.models.base import Base


class Worker(Base):
    """One worker process: alive while its heartbeat is fresh, ended once `stopped_at` is set, else lost.

    A worker that found its jail open takes no job; it leaves its row, so that the admin page can say why.
    """

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(128), unique=True)  # as in `jobs.worker`
    host: Mapped[str] = mapped_column(String(64))
    pid: Mapped[int]
    engine: Mapped[str] = mapped_column(String(16))  # local or dask
    n_slots: Mapped[int]  # folds at once
    jail_level: Mapped[str] = mapped_column(String(8))  # A, B or none; "": it does not hold
    open_layers: Mapped[str] = mapped_column(
        Text, default=""
    )  # why it was refused, and what fixes it; "": it was not
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]  # None: runs, or lost
    n_done: Mapped[int] = mapped_column(default=0)
    n_faults: Mapped[int] = mapped_column(default=0)  # of the server
    is_draining: Mapped[bool] = mapped_column(default=False)  # by hand: it takes no job until it is resumed
    pause_reason: Mapped[str] = mapped_column(Text, default="")  # what its machine lacks; "": nothing
    rss_bytes: Mapped[int | None] = mapped_column(BigInteger)  # with its processes; None: not reported
    cpu_percent: Mapped[float | None]  # of one core, since the heartbeat before
    memory_used: Mapped[float | None]  # share of its machine, 0 to 1
    disk_used: Mapped[float | None]  # share of the disk of DATABOARD_HOME, 0 to 1
