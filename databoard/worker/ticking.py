"""A worker looks at the schedule where cron does not, so that backups and alerts go on. Started by `training`."""

import logging
import os
import socket
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session, sessionmaker

from databoard.clock import utc_now
from databoard.ops.schedule.tick import tick
from databoard.queries import schedule
from databoard.worker.lane import Lane, Pace, StepOutcome

if TYPE_CHECKING:
    from config import Config

#: Without a tick for so long, cron is not there.
SILENT = timedelta(hours=1)
#: A worker that ticks looks as often as cron.
PACE = Pace(60.0, max_s=600.0)
logger = logging.getLogger("databoard.worker")


class TickThread(Lane):
    """Run what is due while nothing else does, until the block ends.

    Parameters
    ----------
    config : Config
    sessions : sessionmaker
    """

    def __init__(self, config: "Config", sessions: sessionmaker[Session]):
        super().__init__(
            "schedule", self._look, PACE, logger=logger, failure="the schedule was not looked at"
        )
        self._config, self._sessions, self._started_at = config, sessions, utc_now()
        self._name = f"worker {socket.gethostname()}:{os.getpid()}"
        self._has_said = False

    def _look(self) -> StepOutcome:
        now = utc_now()
        if not self.is_needed(now):
            self._has_said = False
            return StepOutcome.idle
        if not self._has_said:
            logger.warning("no fab tick for an hour: this worker runs the schedule. Let cron run: fab tick")
            self._has_said = True
        tick(self._config, now=now, by=self._name)
        return StepOutcome.idle

    def is_needed(self, now: datetime) -> bool:
        """Return whether nobody but workers has looked at the schedule for an hour."""
        with self._sessions() as session:
            last = schedule.last_tick(session, but_by=schedule.WORKER)
        return now - max(self._started_at, self._started_at if last is None else last.ended_at) > SILENT
