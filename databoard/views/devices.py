"""Devices that have logged in before, told by a signed cookie.

A guess from elsewhere never makes such a device wait (``services.throttling``). The cookie opens nothing: whoever
copies it still needs the password, and has a count of failures like any other. It holds no names, only hashes.
"""

import hashlib
import secrets

from flask import Response, current_app, request, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

COOKIE = "databoard_device"
KEPT_S = 180 * 24 * 3600
#: Accounts that one device remembers, the last to log in; classrooms share machines.
MAX_ACCOUNTS = 8


def known() -> dict[str, str]:
    """Return by account key the word of this device for each account that has logged in from it."""
    try:
        return _serializer().loads(request.cookies.get(COOKIE, ""), max_age=KEPT_S)
    except BadData:
        return {}


def remember(response: Response, account_key: str) -> Response:
    """Let the device know, as of `response`, that this account has logged in from it."""
    others = {key: word for key, word in known().items() if key != account_key}
    latest = [*others.items(), (account_key, secrets.token_hex(8))][-MAX_ACCOUNTS:]
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


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        current_app.secret_key, salt="databoard device", signer_kwargs={"digest_method": hashlib.sha256}
    )
