"""Accounts: log in and out, ask for an account, and let organisers answer."""

from collections.abc import Iterable, Sequence

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user

from databoard import forms
from databoard.errors import RuleError
from databoard.queries import approvals as approval_queries
from databoard.services.people import accounts, throttling
from databoard.services.teams.sign_ups import ApprovalFailure, approve_teams, refuse_teams
from databoard.views import devices, errors, identity
from databoard.views.access import anyone, needs_login, needs_organiser

bp = Blueprint("account", __name__)

#: How many accounts and teams were answered, and the teams that could not be let in.
Answered = tuple[int, int, Sequence[ApprovalFailure]]


@bp.get("/login")
@anyone
def login() -> ResponseReturnValue:
    """Show the login form."""
    return render_template("account/login.html", form=forms.LoginForm())


@bp.post("/login")
@anyone
def log_in() -> ResponseReturnValue:
    """Check name and password, open a session, lead on to where the visitor was going."""
    form = forms.LoginForm()
    if not form.validate():
        return render_template("account/login.html", form=form), 400
    who = {"login": form.login.data, "address": request.remote_addr or "", "now": g.now}
    who["devices"] = devices.known(g.now)
    throttling.count_login(g.session, **who)
    g.session.commit()  # guesses sent at the same time see this one
    user = accounts.authenticate(g.session, password=form.password.data or "", **who)
    session.clear()  # a session that began before the login must not outlive it
    login_user(identity.Visitor(user), remember=form.is_remembered.data)
    answer = redirect(forms.local_path(request.args.get("next")) or url_for("home.landing"), 303)
    return devices.remember(answer, *throttling.known_device(user), g.now)


@bp.post("/logout")
@needs_login
def logout() -> ResponseReturnValue:
    """End the visitor's sessions, here and elsewhere: a copied cookie dies too."""
    accounts.end_sessions(g.session, user=g.user, now=g.now)
    session.clear()
    logout_user()  # last: it leaves word in the session to delete the remember cookie
    flash("You are logged out.", "info")
    return redirect(url_for("home.landing"), 303)


@bp.get("/sign_up")
@anyone
def sign_up() -> ResponseReturnValue:
    """Show the form that asks for an account."""
    return render_template("account/sign_up.html", form=forms.SignUpForm())


@bp.post("/sign_up")
@anyone
def ask_for_account() -> ResponseReturnValue:
    """Store the request; an organiser answers it."""
    form = forms.SignUpForm()
    if not form.validate():
        return render_template("account/sign_up.html", form=form), 400
    throttling.count_sign_up(g.session, address=request.remote_addr or "", now=g.now)
    g.session.commit()  # stays, whatever becomes of the request
    user = accounts.sign_up(g.session, **form.facts(), now=g.now)
    flash(f"Thank you, {user.name}. You can log in once an organiser has approved your account.", "success")
    return redirect(url_for("account.login"), 303)


@bp.get("/approve_users")
@needs_organiser
def approve_users() -> ResponseReturnValue:
    """List the accounts and the sign-ups to events that wait for an answer."""
    return approvals()


@bp.post("/approve_users")
@needs_organiser
def answer_users() -> ResponseReturnValue:
    """Approve or refuse the selected accounts and sign-ups."""
    user_ids = forms.selected_ids(request, "user_ids") if g.user.is_admin else []
    team_ids = forms.selected_ids(request, "event_team_ids")
    word, act = forms.chosen(
        request, "answer", {"approve": ("Approved", approve), "refuse": ("Refused", refuse)}
    )
    if not {"user_ids", "event_team_ids"} & request.form.keys():
        return approvals(refusal="Nothing is selected. Select what you want to approve or refuse."), 400
    n_users, n_teams, failures = act(user_ids, team_ids)
    done = f"{word}: accounts {n_users}, sign-ups to events {n_teams}."
    if failures:
        g.keeps_writes = True  # the others are in
        return approvals(refusal=f"{done} {reasons_of(failures)}"), 409
    flash(done, "success")
    return redirect(url_for("account.approve_users"), 303)


def approvals(refusal: str | None = None) -> str:
    """Render the page of what waits for an answer; only administrators of the site see accounts."""
    of_users, of_teams = (forms.page_position(request, prefix) for prefix in ("users_", "teams_"))
    users = approval_queries.pending_users(g.session, position=of_users) if g.user.is_admin else None
    sign_ups = approval_queries.pending_teams(g.session, user=g.user, position=of_teams)
    return render_template("account/approve.html", users=users, sign_ups=sign_ups, refusal=refusal)


def reasons_of(failures: Iterable[ApprovalFailure]) -> str:
    """Return who was not let in where and why; of one event usually all for one reason."""
    teams_by_reason: dict[tuple[str, str], list[str]] = {}
    for failure in failures:
        teams_by_reason.setdefault((failure.event_title, failure.reason), []).append(failure.team_name)
    return " ".join(
        f"Not approved: {', '.join(names)} for {title}. {reason}"
        for (title, reason), names in teams_by_reason.items()
    )


def approve(user_ids: list[int], team_ids: list[int]) -> Answered:
    """Let the accounts and teams in; return how many of each, and which teams could not be let in."""
    n_users = accounts.approve_users(g.session, user_ids=user_ids, by=g.user, now=g.now)
    approval = approve_teams(g.session, event_team_ids=team_ids, by=g.user, store=g.store, now=g.now)
    return n_users, approval.n_approved, approval.failures


def refuse(user_ids: list[int], team_ids: list[int]) -> Answered:
    """Take the requests off the list; return how many of each were waiting; none of them can fail."""
    n_users = accounts.refuse_users(g.session, user_ids=user_ids, by=g.user, now=g.now)
    n_teams = refuse_teams(g.session, event_team_ids=team_ids, by=g.user, now=g.now)
    return n_users, n_teams, ()


@bp.errorhandler(RuleError)
def show_in_form(error: RuleError) -> ResponseReturnValue:
    """Show a refusal above the form it belongs to, with what was typed; passwords are typed again."""
    errors.keep_if_recorded(error)
    pages = {
        "account.log_in": ("account/login.html", forms.LoginForm),
        "account.ask_for_account": ("account/sign_up.html", forms.SignUpForm),
    }
    if request.endpoint not in pages:
        return errors.show_rule_error(error)
    template, form_class = pages[request.endpoint]
    page = render_template(template, form=form_class(), refusal=str(error))
    return errors.with_waiting_time((page, error.status), error)
