"""Who may call a route: one decorator per rule, written between the URL and the function.

A decorator loads what its rule needs, asks ``services.people.access``, and records its name on the view as
``access_rule``, which a law test reads. The rules themselves live in the services. What the visitor may do in the
event is read once, into ``g.event_access``; templates find its parts in ``g.event`` and ``g.event_team``. These are
rows; for the boards they are the few facts of `services.people.viewers`, which came with the visitor.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import current_app, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Unauthorized

from databoard.errors import Forbidden, NotFound
from databoard.queries import problems, quota
from databoard.services.people import access, rights

#: A route, from the variables of its address.
View = Callable[..., ResponseReturnValue]


def anyone(view: View) -> View:
    """Let every visitor in, logged in or not."""
    return guarded(view, "anyone", lambda arguments: None)


def needs_login(view: View) -> View:
    """Let in every user who is logged in."""
    return guarded(view, "needs_login", lambda arguments: require_login())


def needs_organiser(view: View) -> View:
    """Let in site admins and everyone who administers at least one event; the services show each their part."""
    return guarded(view, "needs_organiser", lambda arguments: require_organiser())


def needs_admin(view: View) -> View:
    """Let in admins of the site."""
    return guarded(view, "needs_admin", lambda arguments: require_admin())


def needs_event(view: View) -> View:
    """Let in who may enter the event of ``event_name``; sets ``g.event_access``."""
    return guarded(view, "needs_event", load_event)


def needs_readable_event(view: View) -> View:
    """Let in who may read the event's description: everyone for a public event."""
    return guarded(view, "needs_readable_event", _load_readable_event)


def needs_problem(view: View) -> View:
    """Let in who may know of one of the problem's events; sets ``g.problem_page``."""
    return guarded(view, "needs_problem", _load_problem)


def needs_team(view: View) -> View:
    """Let in members of a team that has joined the event."""
    return guarded(view, "needs_team", _load_joined_team)


def needs_teaching(view: View) -> View:
    """Let in members of a team that has joined the event, and its organisers."""
    return guarded(view, "needs_teaching", _load_teaching)


def needs_ledger(view: View) -> View:
    """Let in members of a joined team, to its ledger, and the organisers, to every one; sets ``g.ledger_team``."""
    return guarded(view, "needs_ledger", _load_ledger)


def needs_board(view: View) -> View:
    """Let in who may enter the event; sets ``g.event_access`` without rows."""
    return guarded(view, "needs_board", _load_board)


def needs_private_board(view: View) -> View:
    """Let in who may see test scores now: the organisers, and everyone of the event after closing."""
    return guarded(view, "needs_private_board", _require_private_board)


def is_for_board() -> bool:
    """Return whether the request asks for a board, so that one statement tells who asks and what they may see."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "access_rule", "") in {"needs_board", "needs_private_board"}


def needs_code(view: View) -> View:
    """Let in who may read the code of the submission ``slug`` now; sets ``g.submission``, ``g.event_access``."""
    return guarded(view, "needs_code", _load_submission)


def needs_control(view: View) -> View:
    """Let in who may cancel the submission ``slug``: its team and the organisers; sets what `needs_code` does."""
    return guarded(view, "needs_control", _load_own_submission)


def needs_printed(view: View) -> View:
    """Let in who may read what the submission ``slug`` printed; sets what `needs_code` does."""
    return guarded(view, "needs_printed", _load_printed)


def may_see_private_board() -> bool:
    """Return whether the visitor may see the test scores of ``g.event`` now."""
    return bool(g.event_access.can_see_private_board(g.now))


def is_admin() -> bool:
    """Return whether the visitor runs the site."""
    return rights.is_admin(g.user)


def is_organiser() -> bool:
    """Return whether the visitor has accounts or event sign-ups to approve."""
    return g.user is not None and g.visitor.is_organiser


def guarded(view: View, rule: str, check: Callable[[dict[str, Any]], None]) -> View:
    """Return a route that asks `check` first and records the name of its rule."""

    @wraps(view)
    def checked(**arguments: Any) -> ResponseReturnValue:
        check(arguments)
        return view(**arguments)

    setattr(checked, "access_rule", rule)  # noqa: B010  (a function has no such attribute to a checker)
    return checked


def require_login() -> None:
    """Let only those who are logged in go on."""
    if g.user is None:
        raise Unauthorized("Log in to see this page.")


def require_organiser() -> None:
    """Let only admins of the site, or of at least one event, go on."""
    require_login()
    if not is_organiser():
        raise Forbidden("Only organisers see this page.")


def require_admin() -> None:
    """Let only admins of the site go on."""
    require_login()
    if not rights.is_admin(g.user):
        raise Forbidden("Only administrators of this server see this page.")


def load_event(arguments: dict[str, Any]) -> None:
    """Let only those who may enter the event go on; sets ``g.event_access``."""
    require_login()
    _enter(_event_access(arguments), arguments)


def _load_board(arguments: dict[str, Any]) -> None:
    require_login()
    _enter(g.visitor.board_view, arguments)


def _enter(found: rights.EventRights | None, arguments: dict[str, Any]) -> None:
    if found is None or not found.can_enter:
        raise NotFound(
            f"There is no event {arguments['event_name']!r} that you may enter."
        )  # hidden or absent
    _show_event(found)


def _load_readable_event(arguments: dict[str, Any]) -> None:
    found = _event_access(arguments)
    if found is None or not found.can_read_event:
        load_event(arguments)  # says why, or asks to log in: nobody learns which names exist
    else:
        _show_event(found)


def _event_access(arguments: dict[str, Any]) -> access.EventAccess | None:
    try:
        return access.event_access_by_name(g.session, name=arguments["event_name"], user=g.user)
    except NotFound:
        return None


def _show_event(found: rights.EventRights) -> None:
    g.event_access, g.event, g.event_team = found, found.event, found.event_team


def _load_problem(arguments: dict[str, Any]) -> None:
    try:
        g.problem_page = problems.page(
            g.session, name=arguments["problem_name"], user=g.user, store=g.store, now=g.now
        )
    except NotFound:
        require_login()  # strangers do not learn which names exist
        raise


def _load_teaching(arguments: dict[str, Any]) -> None:
    load_event(arguments)
    if not g.event_access.can_read_teaching:
        _require_joined_team()


def _load_joined_team(arguments: dict[str, Any]) -> None:
    load_event(arguments)
    _require_joined_team()


def _require_joined_team() -> None:
    if g.event_team is None:
        raise Forbidden(f"Sign up to {g.event.title} first: the button is on its page.")
    if not g.event_team.is_approved:
        raise Forbidden(f"Your sign-up to {g.event.title} waits for an organiser's approval.")


def _load_ledger(arguments: dict[str, Any]) -> None:
    load_event(arguments)
    team_name = request.args.get("team", "")
    g.ledger_team = quota.ledger_team(g.session, viewer=g.event_access, team_name=team_name)


def _require_private_board(arguments: dict[str, Any]) -> None:
    _load_board(arguments)
    if not may_see_private_board():
        raise Forbidden(
            "Test scores are for the organisers now, and for participants when the event has closed."
        )


def _load_submission(arguments: dict[str, Any]) -> None:
    require_login()
    try:
        submission, found = access.submission_access(g.session, slug=arguments["slug"], user=g.user)
    except NotFound:
        submission, found = None, None
    if submission is None or found is None or not found.can_see_code(submission, g.now):
        raise NotFound("There is no such submission, or you may not read its code now.")
    g.submission = submission
    _show_event(found)


def _load_own_submission(arguments: dict[str, Any]) -> None:
    _load_submission(arguments)
    if not g.event_access.can_cancel(g.submission):
        raise Forbidden("Only its team and the organisers of the event cancel a submission.")


def _load_printed(arguments: dict[str, Any]) -> None:
    _load_submission(arguments)
    if not g.event_access.can_see_printed(g.submission):
        raise Forbidden("Only its team and the organisers of the event read what a submission printed.")
