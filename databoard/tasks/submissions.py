"""Submissions and their results."""

from invoke.context import Context

from databoard.tasks.console import back_up_first, command, server_session, train


@command("event", "team", "submission")
def add_submission(
    c: Context, event: str, team: str, submission: str, path: str = "", force: bool = False
) -> None:
    """Submit a folder for a team; path defaults to the submission of that name in the event's kit."""
    from databoard.services.events import events
    from databoard.services.people import access
    from databoard.services.submissions import submit
    from databoard.services.teams import teams
    from databoard.tasks import submission_folder

    if force:
        back_up_first()
    with server_session() as (_, session, store, now):
        found = events.event_by_name(session, event)
        event_team = access.event_team_in(session, event=found, team=teams.team_by_name(session, team))
        files = submission_folder.files(
            path, submission, store.kit_path(found.problem.name), team=event_team.team.name
        )
        row = submit.deposit(
            session,
            event_team=event_team,
            name=submission,
            files=files,
            store=store,
            now=now,
            is_forced=force,
        )
        is_new = row.submitted_at == now
    print(f"{'Queued' if is_new else 'There is already'} {submission} of {team} in {event}.")


@command("event")
def train_test(
    c: Context,
    event: str,
    team: str | None = None,
    submission: str | None = None,
    state: str | None = None,
    force: bool = False,
) -> None:
    """Queue submissions that are not scored yet (with force: all chosen ones) and train them here, now."""
    from databoard import worker as training_worker
    from databoard.services.submissions import by_hand
    from databoard.states import SubmissionState
    from databoard.tasks.choices import one_of

    wanted = one_of(SubmissionState, state, "a state") if state else None
    with server_session() as (settings, session, _, now):
        done = by_hand.queue_again(
            session, event_name=event, team_name=team, name=submission, state=wanted, is_forced=force, now=now
        )
    plural = "s" * (done.n_chosen != 1)
    counts = f"{done.n_queued} queued again, {done.n_pending} wait or run"
    print(f"{done.n_chosen} submission{plural} chosen, {counts}.", flush=True)
    train(training_worker, settings)


@command()
def print_submissions(
    c: Context,
    event: str | None = None,
    team: str | None = None,
    submission: str | None = None,
    format: str = "table",
) -> None:
    """List submissions with state and official score; format is table, json or csv."""
    from databoard.queries import records, submission_list
    from databoard.tasks.output import show

    with server_session() as (_, session, _, _):
        rows = submission_list.listed(session, event_name=event, team_name=team, name=submission)
    show(map(records.listed_submission_record, rows), format)


@command("event", "team", "submission")
def delete_submission(c: Context, event: str, team: str, submission: str, yes: str = "") -> None:
    """Show what deleting a submission removes; yes=<its name> does it, and a worker blends those that stay."""
    from databoard.ops.blending import due_note
    from databoard.queries import removals
    from databoard.services.events import events
    from databoard.services.submissions import submit
    from databoard.services.submissions.rows import find
    from databoard.tasks.confirmation import is_confirmed

    with server_session() as (_, session, _, _):
        found = find(session, event=events.event_by_name(session, event), team_name=team, name=submission)
        words = removals.of_submission(session, found)
    if not is_confirmed(yes, submission, words, f"fab delete_submission:{event},{team},{submission}"):
        return
    back_up_first()
    with server_session() as (settings, session, _, now):
        found = find(session, event=events.event_by_name(session, event), team_name=team, name=submission)
        submit.delete_submission(session, found, now=now)
        note = due_note(session, event, now=now, lease_s=settings.lease_s)
    print(f"Deleted {submission} of {team} in {event}. {note}".rstrip())


@command("event", "team", "submission", "state")
def set_state(c: Context, event: str, team: str, submission: str, state: str) -> None:
    """Set a submission's state by hand; `new` queues it again."""
    from databoard.ops.blending import due_note
    from databoard.services.submissions import by_hand
    from databoard.states import SubmissionState
    from databoard.tasks.choices import one_of

    wanted = one_of(SubmissionState, state, "a state")
    with server_session() as (settings, session, _, now):
        change = by_hand.set_state(
            session, event_name=event, team_name=team, name=submission, state=wanted, now=now
        )
        note = due_note(session, event, now=now, lease_s=settings.lease_s)
    print(f"{submission} of {team} in {event}: {change.old} -> {change.new}. {note}".rstrip())


@command("event")
def compute_contributivity(c: Context, event: str) -> None:
    """Blend the event's submissions from the beginning, now; workers do it after every result."""
    import config
    from databoard import worker

    print(worker.compute_contributivity(config.load(), event_name=event))
