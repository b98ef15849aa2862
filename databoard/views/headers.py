"""The headers that every answer carries, those for errors and files too. Called by ``app``."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "private, no-cache",  # keeps personal pages out of shared caches
}
#: A browser that came by HTTPS comes back by nothing else.
OF_PRODUCTION = {"Strict-Transport-Security": "max-age=31536000"}


class CommonHeaders:
    """Adds to every answer of a WSGI application those of `HEADERS` that it does not set itself.

    It stands around the application, so that no answer is without them, and costs no search in the answer's headers.
    """

    def __init__(self, application: "WSGIApplication", *, is_production: bool):
        headers = HEADERS | (OF_PRODUCTION if is_production else {})
        self._application = application
        self._pairs = [(name.lower(), (name, value)) for name, value in headers.items()]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            own = {name.lower() for name, _ in headers}
            added = [pair for key, pair in self._pairs if key not in own]
            return start_response(status, [*headers, *added], *error)

        return self._application(environ, start)
