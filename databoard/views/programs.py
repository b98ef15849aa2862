"""Programs that ask without a browser: what they show to be let in, and where they ask from."""

from collections.abc import Collection
from hmac import compare_digest
from ipaddress import ip_address

from flask import g, request

from databoard.errors import Forbidden
from databoard.services.people.tokens import ADMIN

#: What the scopes of tokens open: these addresses and all below them.
OPENED_BY = {ADMIN: ("/admin", "/metrics")}
SCHEME = "bearer "
#: Any of these says that the request came through a proxy.
PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via")


def bearer() -> str | None:
    """Return the token that the request shows; None when it shows none."""
    text = request.headers.get("Authorization", "")
    return text[len(SCHEME) :].strip() if text.lower().startswith(SCHEME) else None


def require_scope(scopes: Collection[str]) -> None:
    """Refuse a token that does not open this address.

    Raises
    ------
    Forbidden
    """
    path = request.path
    if not any(_is_below(path, top) for scope in scopes for top in OPENED_BY.get(scope, ())):
        raise Forbidden("This token does not open this address.")


def _is_below(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top}/")


def is_program() -> bool:
    """Tell whether the request can only come from a program: it shows a token or asks for the metrics."""
    return bearer() is not None or request.endpoint == "metrics.show"


def has_metrics_token() -> bool:
    """Tell whether the request shows the token that opens the metrics."""
    if request.endpoint != "metrics.show":
        return False
    shown, expected = bearer(), g.config.metrics_token
    return bool(expected) and shown is not None and compare_digest(shown.encode(), expected.encode())


def is_metrics_host() -> bool:
    """Tell whether the request comes from a machine that may read the metrics.

    Behind a proxy every visitor seems to sit on its machine. So this machine counts only when nothing says that
    there is a proxy, and any other behind a proxy only when its headers are believed.
    """
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    is_behind = any(name in request.headers for name in PROXY_HEADERS)
    if is_behind and (address.is_loopback or not g.config.n_proxies):
        return False
    return any(address in network for network in g.config.metrics_hosts)
