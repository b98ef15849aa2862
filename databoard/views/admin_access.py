"""Who may call a route of the administration; see `access`, whose rules these add to."""

from typing import Any

from flask import g

from databoard.errors import Forbidden
from databoard.queries import administered, job_page
from databoard.queries.tables import catalogue
from databoard.services.people import accounts
from databoard.views import access, programs
from databoard.views.access import View


def needs_table(view: View) -> View:
    """Let admins in to every table of ``table_name``, organisers to those of their events; sets ``g.table``."""
    return access.guarded(view, "needs_table", _load_table)


def needs_job(view: View) -> View:
    """Let admins in to every job, organisers to those of their events; sets ``g.job``."""
    return access.guarded(view, "needs_job", _load_job)


def needs_administered(view: View) -> View:
    """Let in who runs the event of the submission ``submission_id``; sets ``g.submission``."""
    return access.guarded(view, "needs_administered", _load_administered)


def needs_event_admin(view: View) -> View:
    """Let in who runs the event of ``event_name``; sets ``g.event_access``."""
    return access.guarded(view, "needs_event_admin", _load_run_event)


def needs_account(view: View) -> View:
    """Let admins of the site in to the account of ``login``; sets ``g.account``."""
    return access.guarded(view, "needs_account", _load_account)


def needs_metrics(view: View) -> View:
    """Let in admins, who sends the token of the metrics, and programs on the machines that may read them."""
    return access.guarded(view, "needs_metrics", lambda arguments: _require_metrics())


def _require_metrics() -> None:
    if not (access.is_admin() or programs.has_metrics_token() or programs.is_metrics_host()):
        access.require_admin()


def _load_table(arguments: dict[str, Any]) -> None:
    access.require_organiser()
    g.table = catalogue.table(arguments["table_name"])
    if not g.table.is_for_organisers:
        access.require_admin()


def _load_account(arguments: dict[str, Any]) -> None:
    access.require_admin()
    g.account = accounts.user_by_name(g.session, arguments["login"])


def _load_run_event(arguments: dict[str, Any]) -> None:
    access.require_organiser()
    access.load_event(arguments)
    if not g.event_access.is_event_admin:
        raise Forbidden("Only those who run this event see this page.")


def _load_job(arguments: dict[str, Any]) -> None:
    access.require_organiser()
    g.job = job_page.find(g.session, arguments["job_id"], user=g.user)


def _load_administered(arguments: dict[str, Any]) -> None:
    access.require_organiser()
    g.submission = administered.find(g.session, arguments["submission_id"], user=g.user)
