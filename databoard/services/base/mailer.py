"""Send one mail: to a mail server, into a file, or to the console. Which one is the setting DATABOARD_MAIL.

Sending may take `TIMEOUT_S` for each answer of the server. It writes nothing into the database, so call it outside
any transaction.
"""

import smtplib
import ssl
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from databoard.errors import DataboardError

if TYPE_CHECKING:
    from config import Config

TIMEOUT_S = 10.0
#: The folder of DATABOARD_HOME that mail is written into.
FOLDER = "mail"


class NotSent(DataboardError):
    """A message could not be handed over; trying again later may help."""


def compose(config: "Config", *, to: Sequence[str], subject: str, text: str) -> EmailMessage:
    """Return a mail of plain text; line breaks in the subject become spaces."""
    mail = EmailMessage()
    mail["Subject"] = " ".join(subject.split())
    mail["From"] = config.smtp_from
    mail["To"] = ", ".join(to)
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = make_msgid(domain=config.smtp_from.rpartition("@")[2])
    mail.set_content(text)
    return mail


def send(config: "Config", mail: EmailMessage) -> None:
    """Hand a mail over.

    Raises
    ------
    NotSent
        With the reason, which holds no password.
    """
    try:
        _WAYS[config.mail](config, mail)
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(f"{_place(config)}: {_reason(error)}") from None


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _by_server(config: "Config", mail: EmailMessage) -> None:
    context = ssl.create_default_context()
    is_tls = config.smtp_tls == "tls"
    server: smtplib.SMTP
    if is_tls:
        server = smtplib.SMTP_SSL(config.smtp_host, config.smtp_port, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(config.smtp_host, config.smtp_port, timeout=TIMEOUT_S)
    with server:
        if config.smtp_tls == "starttls":
            server.starttls(context=context)
        if config.smtp_user:
            if config.smtp_tls == "none" and not is_loopback(config.smtp_host):
                raise OSError("DATABOARD_SMTP_TLS is none: the password would be sent in clear")
            server.login(config.smtp_user, config.smtp_password)
        server.send_message(mail)


def _into_file(config: "Config", mail: EmailMessage) -> None:
    folder: Path = config.home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{uuid4().hex}.eml"
    path.touch(mode=0o600)
    path.write_bytes(mail.as_bytes())


def _to_console(config: "Config", mail: EmailMessage) -> None:
    print(f"To: {mail['To']}\nSubject: {mail['Subject']}\n\n{mail.get_content()}", flush=True)


_WAYS: dict[str, Callable[["Config", EmailMessage], None]] = {
    "smtp": _by_server,
    "file": _into_file,
    "console": _to_console,
}


def _place(config: "Config") -> str:
    return (
        f"{config.smtp_host}:{config.smtp_port}" if config.mail == "smtp" else f"DATABOARD_MAIL={config.mail}"
    )


def _reason(error: OSError | smtplib.SMTPException) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "the server refuses the login"  # its answer may quote the login
    return " ".join(str(error).split())[:300] or type(error).__name__
