"""How alerts are sent: all that are due in one mail, each by one request to a webhook."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from typing import IO, TYPE_CHECKING

from databoard.services.base import mailer
from databoard.services.base.mailer import TIMEOUT_S, NotSent

if TYPE_CHECKING:
    from config import Config


@dataclass(frozen=True)
class Notice:
    """What is told of an alert: that it goes on, or with `is_over` that it has ended."""

    alert_id: int
    kind: str
    text: str
    fix: str
    is_over: bool


#: Sends notices in their order; yields nothing, raises NotSent, and calls back for each that was handed over.
Send = Callable[["Config", Sequence[Notice], Callable[[Notice], None]], None]


@dataclass(frozen=True)
class Channel:
    """A way to send, and the columns of `Alert` that say when it last did."""

    name: str
    sent: str
    end_sent: str
    send: Send


def configured(config: "Config") -> tuple[Channel, ...]:
    """Return the ways that the settings name."""
    ways = ((bool(config.alert_mail), MAIL), (bool(config.alert_webhook), WEBHOOK))
    return tuple(channel for is_set, channel in ways if is_set)


def host_of(config: "Config") -> str:
    """Return what the site is called in a message."""
    named = [host for host in config.hosts if host[0] not in "*."]
    return named[0] if named else socket.gethostname()


def _mail(config: "Config", notices: Sequence[Notice], on_sent: Callable[[Notice], None]) -> None:
    host, begun = host_of(config), [notice.kind for notice in notices if not notice.is_over]
    what = f"look at {', '.join(begun)}" if begun else f"over: {', '.join(one.kind for one in notices)}"
    text = "\n\n".join(map(_paragraph, notices))
    foot = (
        f"-- \nDataboard on {host}. fab status shows every check; DATABOARD_ALERT_MAIL names who gets this.\n"
    )
    mail = mailer.compose(
        config, to=config.alert_mail, subject=f"[databoard {host}] {what}", text=f"{text}\n\n{foot}"
    )
    mailer.send(config, mail)
    for notice in notices:
        on_sent(notice)


def _paragraph(notice: Notice) -> str:
    if notice.is_over:
        return f"{notice.kind}: over. It was: {notice.text}"
    return f"{notice.kind}: {notice.text}" + (f"\nFix: {notice.fix}" if notice.fix else "")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A webhook answers itself: another address might be one that no setting names."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        return None


def _webhook(config: "Config", notices: Sequence[Notice], on_sent: Callable[[Notice], None]) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    for notice in notices:
        facts = {"kind": notice.kind, "text": notice.text, "fix": notice.fix, "is_over": notice.is_over}
        request = urllib.request.Request(  # noqa: S310  (the setting allows https, and http on this machine)
            config.alert_webhook,
            json.dumps({**facts, "host": host_of(config)}).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with opener.open(request, timeout=TIMEOUT_S):
                pass
        except urllib.error.HTTPError as error:
            error.close()
            raise NotSent(f"The webhook answers {error.code}.") from None
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise NotSent(f"The webhook does not answer: {reason}") from None
        on_sent(notice)


MAIL = Channel("mail", "mailed_at", "end_mailed_at", _mail)
WEBHOOK = Channel("webhook", "posted_at", "end_posted_at", _webhook)
