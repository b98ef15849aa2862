"""Devices where accounts have logged in before: a signed cookie names them.

Failed log-ins from elsewhere never make such a device wait (``services.people.throttling``). The cookie has one entry
with an age for each account, and a login renews only the entry of its account. The cookie alone gives no access: a
thief needs the password too, and failures are counted as for any device. It has no names, only hashes.
"""

import hashlib
from datetime import datetime

from flask import current_app, request, url_for
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

from databoard.services.people.throttling import KnownDevice

COOKIE = "databoard_device"
KEPT_S = 180 * 24 * 3600
#: Accounts that one device remembers, the last to log in; classrooms share machines.
MAX_ACCOUNTS = 8


def known(now: datetime) -> dict[str, KnownDevice]:
    """Return by account key what this device is to each account that has logged in from it lately."""
    return {key: KnownDevice(word, mark) for key, (_, word, mark) in _entries(now).items()}


def remember(response: Response, account_key: str, device: KnownDevice, now: datetime) -> Response:
    """Let the device know, as of `response`, that this account has logged in from it now."""
    others = {key: entry for key, entry in _entries(now).items() if key != account_key}
    entry = (int(now.timestamp()), device.word, device.password_mark)
    latest = [*others.items(), (account_key, entry)][-MAX_ACCOUNTS:]
    response.set_cookie(
        COOKIE,
        _serializer().dumps(dict(latest)),
        max_age=KEPT_S,
        path=url_for("account.log_in"),
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def _entries(now: datetime) -> dict[str, tuple[int, str, str]]:
    """Return by account key when it last logged in from here, in seconds, and the fields of its `KnownDevice`."""
    try:
        entries = _serializer().loads(request.cookies.get(COOKIE, ""))
    except BadData:
        return {}
    oldest = now.timestamp() - KEPT_S
    return {key: tuple(entry) for key, entry in entries.items() if entry[0] >= oldest}


def _serializer() -> URLSafeSerializer:
    # The salt names the shape of the content too: cookies of another shape are those of no device.
    return URLSafeSerializer(
        current_app.config["SECRET_KEY"],
        salt="databoard devices",
        signer_kwargs={"digest_method": hashlib.sha256},
    )
