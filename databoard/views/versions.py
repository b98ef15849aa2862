"""The version of a page (`ETag`): a browser that has it gets 304 before anything is read or rendered."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Response, current_app, g, request, session

from databoard.views.access import is_organiser, may_see_private_board

#: What decides how a page looks, beside its data.
_CODE = Path(__file__).resolve().parents[1]


def version_of_event_page(*facts: object) -> str | None:
    """Return the version of a page that shows `facts` of ``g.event`` to this visitor; None while it must be sent.

    It covers what each page of an event shows of event and visitor, the address, and this code. A message that waits
    to be shown, and a page under development, have no version.
    """
    if "_flashes" in session or current_app.jinja_env.auto_reload:
        return None
    viewer, event = g.event_access, g.event
    seen = (
        _code_version(),
        request.full_path,
        g.user.id,
        g.user.session_key,
        g.user.name,
        g.user.fullname,
        g.user.is_admin,
        session.get("csrf_token"),
        is_organiser(),
        viewer.is_event_admin,
        viewer.is_participant,
        viewer.event_team and viewer.event_team.id,
        may_see_private_board(),
        event.id,
        event.created_at,
        event.title,
        event.is_code_open(g.now),
        event.is_blending_due,
        *facts,
    )
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:32]


def not_modified(version: str | None) -> Response | None:
    """Return the answer to a browser that has this version already; None when it has not."""
    if version is None or not request.if_none_match.contains_weak(version):
        return None
    return with_version(Response(status=304), version)


def with_version(response: Response, version: str | None) -> Response:
    """Add the version to an answer."""
    if version is not None:
        response.set_etag(version, weak=True)
    return response


@cache
def _code_version() -> str:
    """Return a hash of templates and code; static files carry theirs in their addresses."""
    digest = hashlib.sha256()
    for path in sorted([*_CODE.rglob("*.py"), *(_CODE / "templates").rglob("*.html")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()
