"""The sandbox: where a team edits its files, saves them, and submits them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from databoard.errors import NotFound, RuleError
from databoard.forms import edited_texts, seen_versions
from databoard.queries import sandbox as sandbox_queries
from databoard.queries import waiting
from databoard.services.submissions import submit as submitting
from databoard.services.teams import sandbox
from databoard.services.teams.sandbox_conflicts import NewerVersion, NewerVersions, saved_sentences
from databoard.services.teams.sandbox_rows import Retention
from databoard.views import errors, filters
from databoard.views.access import needs_team

bp = Blueprint("sandbox", __name__, url_prefix="/events/<event_name>/sandbox")


@bp.get("")
@needs_team
def edit(event_name: str) -> ResponseReturnValue:
    """Show the editors."""
    return page()


@bp.post("/save")
@needs_team
def save(event_name: str) -> ResponseReturnValue:
    """Save the editors' texts; htmx gets a line, a plain form gets the page again."""
    n_saved, kept_saved = keep_texts(), taken_sentence()
    newer = sandbox.newer_versions(g.session, **what_came())
    saved = f"Saved {n_saved} file{'s' if n_saved > 1 else ''}." if n_saved else ""
    message = f"{saved} {kept_saved}".strip() or "Nothing had changed."
    if errors.is_partial():
        files = sandbox_queries.files(g.session, event_team=g.event_team, store=g.store)
        kept = {version.element for version in newer}  # the editor still shows the version before
        return render_template("sandbox/_saved.html", message=message, newer=newer, files=files, kept=kept)
    flash(" ".join([message, saved_sentences(newer)]).strip(), "success")
    return redirect(url_for("sandbox.edit", event_name=event_name), 303)


@bp.post("/upload")
@needs_team
def upload(event_name: str) -> ResponseReturnValue:
    """Replace one file by an uploaded one; what was typed elsewhere is saved first."""
    keep_texts()
    file = request.files.get("upload")
    if file is None or not file.filename:
        raise RuleError("Choose a file to upload first.")
    element = keep_upload(file)
    flash(f"Uploaded {file.filename} as {element}. {taken_sentence()}".strip(), "success")
    return redirect(url_for("sandbox.edit", event_name=event_name), 303)


@bp.post("/submit")
@needs_team
def submit(event_name: str) -> ResponseReturnValue:
    """Save the editors' texts, then queue the sandbox files as a new submission."""
    keep_texts()
    sandbox.require_seen(g.session, **what_came())
    name = request.form.get("name", "").strip()
    with g.session.begin_nested():  # a refusal undoes the submission, never the saved texts
        submission = submitting.submit(
            g.session, event_team=g.event_team, user=g.user, name=name, store=g.store, now=g.now
        )
        place = waiting.on_arrival(g.session, submission, now=g.now)
    line = f": {filters.waiting(place)}" if place is not None else ""
    queued = f"{submission.name} is checked first, then trained{line}."
    flash(f"{taken_sentence()} {queued}".strip(), "success")
    return redirect(url_for("submission.mine", event_name=event_name), 303)


@bp.errorhandler(RuleError)
def show_refusal(error: RuleError) -> ResponseReturnValue:
    """Show the page again with the reason and everything that was typed; nothing typed is lost."""
    if g.get("event_team") is None or not g.event_team.is_approved or errors.wants_json():
        return errors.show_rule_error(error)
    if errors.is_partial():
        return render_template("_error_line.html", message=f"Not saved: {error}"), error.status
    typed = edited_texts(request)
    if g.get("keeps_writes"):  # what was typed where the saved version was chosen is in the history now
        typed = {name: text for name, text in typed.items() if name not in taken()}
    return errors.with_waiting_time(page_again(error, refusal=str(error), typed=typed), error)


@bp.errorhandler(NewerVersions)
def show_newer_versions(error: NewerVersions) -> ResponseReturnValue:
    """Show who saved what meanwhile and how it differs, above everything that was typed; htmx gets a line."""
    if errors.is_partial():
        return render_template("sandbox/_newer_line.html", error=error), error.status
    brought = {version.element: version.mine for version in error.found if version.mine is not None}
    typed = edited_texts(request) | brought  # what was uploaded goes into the editor
    return page_again(error, newer=error.found, typed=typed)


def page_again(error: RuleError, **shown: Any) -> ResponseReturnValue:
    """Return the page with a refusal, and its status; the reason alone when the server has lost a file of it."""
    try:
        return page(name=request.form.get("name", ""), **shown), error.status
    except NotFound as lost:
        return errors.show_rule_error(lost)


def what_came() -> dict[str, Any]:
    """Return what a form of the sandbox brought, as the services take it."""
    return {
        "event_team": g.event_team,
        "store": g.store,
        "texts": edited_texts(request),
        "seen": seen_versions(request),
    }


def retention() -> Retention:
    """Return how long earlier versions are kept on this server."""
    return Retention(g.config.sandbox_versions, timedelta(days=g.config.sandbox_version_days))


def keep_texts() -> int:
    """Save what the editors hold, for good even when the rest is refused; return how many files changed."""
    with g.session.begin_nested():
        n_saved = sandbox.save(g.session, user=g.user, now=g.now, retention=retention(), **what_came())
    g.keeps_writes = True
    return n_saved


def taken() -> dict[str, str]:
    """Return by element the files whose saved version was chosen over what the form brought."""
    return sandbox.taken(g.session, event_team=g.event_team, seen=seen_versions(request))


def taken_sentence() -> str:
    """Return which saved versions were chosen, a sentence; nothing when none was."""
    names = ", ".join(taken().values())
    return f"You kept the saved version of {names}." if names else ""


def keep_upload(file: FileStorage) -> str:
    """Let an uploaded file replace the one of its name; a refusal undoes it, never the saved texts."""
    by = {"user": g.user, "now": g.now, "retention": retention()}
    with g.session.begin_nested():
        return sandbox.upload(
            g.session, filename=file.filename or "", stream=file.stream, **by, **what_came()
        )


def page(
    refusal: str | None = None,
    typed: dict[str, str] | None = None,
    name: str = "",
    newer: Sequence[NewerVersion] = (),
) -> str:
    """Render the sandbox; ``typed`` texts win over the saved ones, ``newer`` versions are told above them."""
    shown = sandbox_queries.page(
        g.session,
        event_team=g.event_team,
        user=g.user,
        store=g.store,
        now=g.now,
        typed=typed,
        seen=seen_versions(request),
    )
    facts = {"files": shown.files, "allowance": shown.allowance}
    return render_template("sandbox/edit.html", **facts, refusal=refusal, newer=newer, name=name)
