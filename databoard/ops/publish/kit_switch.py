"""Put a checked kit in the place of the one that is served and register it, or change nothing.

Called by `on_target`.

The two folders change places at once (renameat2(2)), in the transaction that registers the new version. No job ever
finds half a kit.
"""

import ctypes
import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from databoard import kits
from databoard.clock import utc_now
from databoard.errors import RuleError
from databoard.models import Event, Problem
from databoard.ops import guard
from databoard.services.base.database import open_database
from databoard.services.base.files import FileStore
from databoard.services.events import notebooks, provisioning, settings

if TYPE_CHECKING:
    from config import Config

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def prepare(config: "Config", *, name: str) -> str:
    """Prepare the data of the kit `name` below DATABOARD_PROBLEMS; return its version."""
    path = kits.kit_path(config.problems, name)
    return kits.prepare_and_describe(path, kits.find_environment(config.home, path)).version


def switch(config: "Config", *, name: str, folder: str) -> str:
    """Serve the prepared kit in `folder` as `name`; the kit before is in `folder` afterwards.

    Raises
    ------
    DataboardError
        If it cannot be registered. The kit before is served then.
    """
    new, store = Path(folder), FileStore(config.home, config.problems)
    environment = kits.build_environment(store.home, new, say=lambda line: None)
    kit, notebook = kits.describe(new, environment), notebooks.render(new)
    live = store.problems / name
    with open_database(config) as database:
        guard.require_ready(config, database.engine)
        with database.sessions() as session:
            lines = [provisioning.register_kit(session, kit, now=utc_now()).text]
            session.flush()
            exchange(new, live)
            try:
                lines += _applied_event_files(session, store, before=new, problem_name=name)
                session.commit()
            except BaseException:
                exchange(live, new)
                raise
    notebooks.keep(store, name, notebook)
    return "\n".join(lines)


def exchange(one: Path, other: Path) -> None:
    """Let two folders change places; when `other` is not there, `one` moves to it."""
    if not other.exists():
        one.rename(other)
        return
    if not one.exists():
        other.rename(one)
        return
    code = ctypes.CDLL(None, use_errno=True).renameat2(
        _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE
    )
    if code:
        raise RuleError(
            f"Expected to exchange {one} and {other}, could not: {os.strerror(ctypes.get_errno())}."
        )


def _applied_event_files(session: Session, store: FileStore, *, before: Path, problem_name: str) -> list[str]:
    """Let events follow their files, where these differ from those `before`; return a line for each that changed.

    An event whose file is the same keeps what its organisers changed on its page.
    """
    lines = []
    for event in session.scalars(
        select(Event).join(Problem).where(Problem.name == problem_name).order_by(Event.name)
    ):
        file = f"events/{event.name}.toml"
        texts = [
            (folder / file).read_bytes()
            for folder in (store.problems / problem_name, before)
            if (folder / file).is_file()
        ]
        if len(texts) != 2 or texts[0] != texts[1]:
            done = settings.apply_event_file(session, event, store=store, now=utc_now())
            lines += [done.text] if done.is_changed else []
    return lines
