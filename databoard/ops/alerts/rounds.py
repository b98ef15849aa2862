"""One look at the site: alerts are opened, go on or end, and what is due is sent, at most one per kind and hour.

Rows are written before anything is sent, and again after it: no transaction is open while a mail server is waited
for. What could not be sent is due at the next look.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from databoard.models import Alert
from databoard.ops.alerts.channels import Channel, Notice, configured
from databoard.queries import checks
from databoard.queries.checks import Check, CheckState, Site
from databoard.services.base.database import open_database, transaction
from databoard.services.base.mailer import NotSent

if TYPE_CHECKING:
    from config import Config

#: So often an alert that goes on is sent again, and no kind is sent more often.
PAUSE = timedelta(hours=1)
#: Alerts that ended are kept for this long.
KEEP = timedelta(days=180)
#: What somebody switched by hand is shown, and nobody is woken for it.
BY_HAND = frozenset({"maintenance", "events"})


def look(config: "Config", now: datetime) -> str:
    """Look at every check, write what changed and send what is due; return one line about it."""
    with open_database(config) as database:
        with transaction(database.sessions) as session:
            found = checks.run(Site(session, config, now))
            n_open = _update(session, found, now)
        said = [_send(config, channel, database.sessions, now) for channel in configured(config)]
    return " ".join([f"{n_open} alerts are open.", *filter(None, said)])


def _update(session: Session, found: Iterable[Check], now: datetime) -> int:
    """Open, change and end alerts; return how many are open."""
    bad = {
        check.name: check for check in found if check.state is not CheckState.ok and check.name not in BY_HAND
    }
    rows = {row.kind: row for row in session.scalars(select(Alert).where(Alert.ended_at.is_(None)))}
    for kind, row in rows.items():
        if kind not in bad:
            row.ended_at = now
    for kind, check in bad.items():
        row = rows.get(kind) or Alert(kind=kind, first_at=now, error="")
        row.state, row.text, row.fix = str(check.state), check.text, check.fix
        session.add(row)
    session.execute(update(Alert).where(Alert.error != "").values(error=""))  # what is due is tried again now
    session.execute(delete(Alert).where(Alert.ended_at < now - KEEP))
    session.flush()
    return len(bad)


def _send(config: "Config", channel: Channel, sessions: sessionmaker[Session], now: datetime) -> str:
    """Send what is due by one channel and record it; return what went wrong."""
    with sessions() as session:
        due = _due(session, channel, now)
    sent: list[Notice] = []
    error = ""
    if due:
        try:
            channel.send(config, due, sent.append)
        except NotSent as raised:
            error = f"{channel.name}: {raised}"
        with transaction(sessions) as session:
            _record(session, channel, sent, due[len(sent) :], error, now)
    return error


def _due(session: Session, channel: Channel, now: datetime) -> Sequence[Notice]:
    """Return what a channel has to send: alerts that go on, and those it told of that ended."""
    sent, end_sent = getattr(Alert, channel.sent), getattr(Alert, channel.end_sent)
    told = set(session.scalars(select(Alert.kind).where(sent > now - PAUSE)))
    is_over = Alert.ended_at.is_not(None) & sent.is_not(None) & end_sent.is_(None)
    rows = session.scalars(select(Alert).where(or_(Alert.ended_at.is_(None), is_over)).order_by(Alert.id))
    return [
        Notice(row.id, row.kind, row.text, row.fix, row.ended_at is not None)
        for row in rows
        if row.ended_at is not None or row.kind not in told
    ]


def _record(
    session: Session,
    channel: Channel,
    sent: Sequence[Notice],
    unsent: Sequence[Notice],
    error: str,
    now: datetime,
) -> None:
    for is_over, column in ((False, channel.sent), (True, channel.end_sent)):
        ids = [notice.alert_id for notice in sent if notice.is_over is is_over]
        session.execute(update(Alert).where(Alert.id.in_(ids)).values({column: now}))
    left = [notice.alert_id for notice in unsent]
    session.execute(update(Alert).where(Alert.id.in_(left)).values(error=error))
