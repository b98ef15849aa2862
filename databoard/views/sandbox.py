"""The sandbox: where a team edits its files, saves them, and submits them."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from databoard.errors import RuleError
from databoard.forms import edited_texts
from databoard.services import sandbox, submissions, waiting_pages
from databoard.views import errors, filters
from databoard.views.access import needs_team

bp = Blueprint("sandbox", __name__, url_prefix="/events/<event_name>/sandbox")


@bp.get("")
@needs_team
def edit(event_name):
    """Show the editors."""
    return page()


@bp.post("/save")
@needs_team
def save(event_name):
    """Save the editors' texts; htmx gets a line, a plain form gets the page again."""
    n_saved = keep_texts()
    message = f"Saved {n_saved} file{'s' if n_saved > 1 else ''}." if n_saved else "Nothing had changed."
    if errors.is_partial():
        return render_template("sandbox/_saved.html", message=message)
    flash(message, "success")
    return redirect(url_for("sandbox.edit", event_name=event_name), 303)


@bp.post("/upload")
@needs_team
def upload(event_name):
    """Replace one file by an uploaded one; what was typed elsewhere is saved first."""
    keep_texts()
    file = request.files.get("upload")
    if file is None or not file.filename:
        raise RuleError("Choose a file to upload first.")
    element = keep_upload(file)
    flash(f"Uploaded {file.filename} as {element}.", "success")
    return redirect(url_for("sandbox.edit", event_name=event_name), 303)


@bp.post("/submit")
@needs_team
def submit(event_name):
    """Save the editors' texts, then queue the sandbox files as a new submission."""
    keep_texts()
    name = request.form.get("name", "").strip()
    with g.session.begin_nested():  # a refusal undoes the submission, never the saved texts
        submission = submissions.submit(
            g.session, event_team=g.event_team, user=g.user, name=name, store=g.store, now=g.now
        )
        place = waiting_pages.on_arrival(g.session, submission, now=g.now)
    flash(f"{submission.name} is checked first, then trained: {filters.waiting(place)}.", "success")
    return redirect(url_for("submission.mine", event_name=event_name), 303)


@bp.errorhandler(RuleError)
def show_refusal(error):
    """Show the page again with the reason and everything that was typed; nothing typed is lost."""
    if g.get("event_team") is None or not g.event_team.is_approved:
        return errors.show_rule_error(error)
    if errors.is_partial():
        return render_template("_error_line.html", message=f"Not saved: {error}"), error.status
    answer = page(refusal=str(error), typed=edited_texts(request), name=request.form.get("name", ""))
    return errors.with_waiting_time((answer, error.status), error)


def keep_texts() -> int:
    """Save what the editors hold, for good even when the rest is refused; return how many files changed."""
    with g.session.begin_nested():
        n_saved = sandbox.save(
            g.session,
            event_team=g.event_team,
            texts=edited_texts(request),
            user=g.user,
            store=g.store,
            now=g.now,
        )
    g.keeps_writes = True
    return n_saved


def keep_upload(file) -> str:
    """Let an uploaded file replace the one of its name; a refusal undoes it, never the saved texts."""
    team = {"event_team": g.event_team, "user": g.user, "store": g.store, "now": g.now}
    with g.session.begin_nested():
        return sandbox.upload(g.session, filename=file.filename, stream=file.stream, **team)


def page(refusal: str | None = None, typed: dict[str, str] | None = None, name: str = ""):
    """Render the sandbox; ``typed`` texts win over the saved ones."""
    files = sandbox.files(g.session, event_team=g.event_team, store=g.store)
    allowance = submissions.may_submit(g.session, event_team=g.event_team, user=g.user, now=g.now)
    return render_template(
        "sandbox/edit.html", files=files, allowance=allowance, refusal=refusal, typed=typed or {}, name=name
    )
