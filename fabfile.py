"""Provision and run the server: ``fab --list`` shows the tasks, ``fab --help <task>`` one of them.

Both notations work: ``fab add_event:iris_test,force=True`` and ``fab add-event iris_test --force``. Tasks are thin:
they parse, call ``services`` or ``ops``, print what was done. Exit codes: 0 done, 1 refused, 2 not understood.
"""

import sys

from databoard.ops import classic
from databoard.ops.console import command, desk, secret, train, understand_command_line


@command()
def test_setup(c, force=False):
    """Build the demo: problems, events, accounts, deposited submissions, all trained. Refused in production."""
    import config
    from databoard import worker as training_worker
    from databoard.ops import demo, schema

    demo.refuse_in_production(config.load())
    schema.upgrade(config.load().db_url)
    with desk() as (settings, session, store, now):
        for line in demo.provision(session, store=store, now=now, is_forced=force):
            print(line, flush=True)
    if train(training_worker, settings):
        for event in demo.EVENTS.values():
            compute_contributivity(c, event)
    print(demo.logins_text(store))


@command()
def serve(c, port=0):
    """Serve the site, in development with a training worker beside it. Ctrl-C ends both."""
    import config
    from databoard.ops.serve import serve as serve_until_stopped

    sys.exit(serve_until_stopped(config.load(), port=int(port) or None))


@command()
def worker(c):
    """Train what waits in the queue until told to stop."""
    import logging

    import config
    from databoard import worker as training_worker

    settings = config.load()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it reports every look at the revision
    training_worker.run(settings)


@command()
def profile(c, port=0, profiling_file="profiler.log"):
    """Serve with one process that writes the 30 slowest calls of each request to a file."""
    import config
    from databoard.ops.profile import serve_profiled
    from manage import application

    serve_profiled(application(), config.load(), port=int(port) or None, profiling_file=profiling_file)


@command()
def jail_check(c, format="table"):
    """Attack the jail from inside and tell which layers hold; exit code 2 when one does not."""
    import config
    from databoard.ops import isolation

    sys.exit(isolation.show(config.load(), format))


# The catalogue: what problems are made of


@command("name", "type")
def add_workflow_element_type(c, name, type):
    """Register a kind of submission file, such as classifier, of file type code, text or data."""
    from databoard.services import catalogue

    with desk() as (_, session, _, _):
        print(catalogue.add_workflow_element_type(session, name=name, file_type=type).text)


@command("name", "elements")
def add_workflow(c, name, elements):
    """Register a workflow and its elements in order, separated by commas."""
    from databoard.services import catalogue

    with desk() as (_, session, _, _):
        print(
            catalogue.add_workflow(session, name=name, element_type_names=classic.parse_words(elements)).text
        )


@command("name", "is_lower_the_better", "minimum", "maximum")
def add_score_type(c, name, is_lower_the_better, minimum, maximum):
    """Register a score type: direction (True: lower is better), lowest and highest value (inf is one)."""
    from databoard.services import catalogue

    with desk() as (_, session, _, _):
        print(
            catalogue.add_score_type(
                session,
                name=name,
                is_lower_the_better=classic.parse_bool(is_lower_the_better),
                minimum=classic.parse_number(minimum),
                maximum=classic.parse_number(maximum),
            ).text
        )


@command("name")
def add_problem(c, name, force=False):
    """Prepare and register a problem of problems/<name>; with force replace it and delete its events."""
    from databoard.services import provisioning

    with desk() as (_, session, store, now):
        print(provisioning.add_problem(session, name=name, store=store, now=now, is_forced=force).text)


@command("event")
def add_event(c, event, force=False):
    """Register an event and freeze its folds; with force replace it and delete its submissions."""
    from databoard.services import provisioning

    with desk() as (_, session, store, now):
        print(provisioning.add_event(session, name=event, store=store, now=now, is_forced=force).text)


# People


@command("name", "password", "lastname", "firstname", "email")
def create_user(c, name, password, lastname, firstname, email, access_level="user", hidden_notes=""):
    """Create an account that is approved; access_level is user or admin. Password - asks for it."""
    from databoard.models.states import AccessLevel
    from databoard.services import accounts

    if access_level not in set(AccessLevel):
        raise classic.UsageError(f"expected access_level {', '.join(AccessLevel)}, got {access_level!r}")
    with desk() as (_, session, _, now):
        accounts.create_user(
            session,
            name=name,
            password=secret(password),
            lastname=lastname,
            firstname=firstname,
            email=email,
            access_level=AccessLevel(access_level),
            hidden_notes=hidden_notes,
            now=now,
        )
    print(f"Created {access_level} {name} and the team of the same name.")


@command("user")
def approve_user(c, user):
    """Let a waiting account in."""
    from databoard.services import accounts

    with desk() as (_, session, _, now):
        found = accounts.user_by_name(session, user)
        n_approved = accounts.approve_users(session, user_ids=[found.id], by=None, now=now)
    print(f"Approved {user}." if n_approved else f"{user} is approved already.")


@command("name", "members")
def create_team(c, name, members):
    """Make a team of several users, their names separated by commas."""
    from databoard.services import accounts, teams

    with desk() as (_, session, _, now):
        users = [accounts.user_by_name(session, member) for member in classic.parse_words(members)]
        teams.create_team(session, name=name, members=users, now=now)
    print(f"Team {name}: {members}.")


@command("event", "team")
def sign_up_team(c, event, team):
    """Sign a team up for an event, let it in and give it the starting kit."""
    from databoard.services import events, teams

    with desk() as (_, session, store, now):
        found = events.event_by_name(session, event)
        row = teams.sign_up_team(
            session, event=found, team=teams.team_by_name(session, team), store=store, now=now
        )
        is_new = row.approved_at == now
    print(f"{team} takes part in {event}{'' if is_new else ' already'}.")


@command("event", "user")
def make_event_admin(c, event, user):
    """Let a user run an event."""
    from databoard.services import accounts, provisioning

    with desk() as (_, session, _, now):
        found = accounts.user_by_name(session, user)
        print(provisioning.make_event_admin(session, event_name=event, user=found, now=now).text)


# Submissions


@command("event", "team", "submission")
def add_submission(c, event, team, submission, path="", force=False):
    """Submit a folder for a team; path defaults to the submission of that name in the event's kit."""
    from databoard.ops import submitting

    with desk() as (_, session, store, now):
        print(
            submitting.add_submission(
                session,
                event_name=event,
                team_name=team,
                name=submission,
                path=path,
                store=store,
                now=now,
                is_forced=force,
            )
        )


@command("event")
def train_test(c, event, team=None, submission=None, state=None, force=False):
    """Queue submissions that are not scored yet (with force: all chosen ones) and train them here, now."""
    from databoard import worker as training_worker
    from databoard.ops import submitting

    with desk() as (settings, session, _, now):
        print(
            submitting.queue_again(
                session,
                event_name=event,
                team_name=team,
                name=submission,
                state=state,
                is_forced=force,
                now=now,
            ),
            flush=True,
        )
    train(training_worker, settings)
    compute_contributivity(c, event)


@command()
def print_submissions(c, event=None, team=None, submission=None, format="table"):
    """List submissions with state and official score; format is table, json or csv."""
    from databoard.ops import submitting
    from databoard.ops.output import rendered

    with desk() as (_, session, _, _):
        rows = submitting.listed(session, event_name=event, team_name=team, name=submission)
        print(rendered(rows, format))


@command("event", "team", "submission")
def delete_submission(c, event, team, submission):
    """Delete a submission with its results, and compute the event's contributivity anew."""
    from databoard.services import events, submissions

    with desk() as (_, session, store, now):
        found = submissions.find(
            session, event=events.event_by_name(session, event), team_name=team, name=submission
        )
        submissions.delete_submission(session, found, store=store, now=now)
    print(f"Deleted {submission} of {team} in {event}.")
    compute_contributivity(c, event)


@command("event", "team", "submission", "state")
def set_state(c, event, team, submission, state):
    """Set a submission's state by hand; `new` queues it again."""
    from databoard.ops import submitting

    with desk() as (_, session, _, now):
        print(
            submitting.set_state(
                session, event_name=event, team_name=team, name=submission, state=state, now=now
            )
        )


@command("event")
def compute_contributivity(c, event):
    """Blend the event's submissions; set their contributivity and the event's combined scores."""
    import config
    from databoard.ops import ensembles

    print(ensembles.compute_contributivity(config.load(), event_name=event))


understand_command_line(
    globals(), takes_all_that_is_left={"add-workflow": "elements", "create-team": "members"}
)
