"""Submissions and their results."""

from databoard.tasks.console import command, server_session, train


@command("event", "team", "submission")
def add_submission(c, event, team, submission, path="", force=False):
    """Submit a folder for a team; path defaults to the submission of that name in the event's kit."""
    from databoard.ops import submitting

    with server_session() as (_, session, store, now):
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

    with server_session() as (settings, session, _, now):
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


@command()
def print_submissions(c, event=None, team=None, submission=None, format="table"):
    """List submissions with state and official score; format is table, json or csv."""
    from databoard.ops import submitting
    from databoard.ops.output import rendered

    with server_session() as (_, session, _, _):
        rows = submitting.listed(session, event_name=event, team_name=team, name=submission)
        print(rendered(rows, format))


@command("event", "team", "submission")
def delete_submission(c, event, team, submission):
    """Delete a submission with its results; a worker blends those that stay."""
    from databoard.ops.blending import due_note
    from databoard.services.events import events
    from databoard.services.submissions import submit
    from databoard.services.submissions.rows import find

    with server_session() as (settings, session, _, now):
        found = find(session, event=events.event_by_name(session, event), team_name=team, name=submission)
        submit.delete_submission(session, found, now=now)
        note = due_note(session, event, now=now, lease_s=settings.lease_s)
    print(f"Deleted {submission} of {team} in {event}. {note}".rstrip())


@command("event", "team", "submission", "state")
def set_state(c, event, team, submission, state):
    """Set a submission's state by hand; `new` queues it again."""
    from databoard.ops import submitting
    from databoard.ops.blending import due_note

    with server_session() as (settings, session, _, now):
        done = submitting.set_state(
            session, event_name=event, team_name=team, name=submission, state=state, now=now
        )
        note = due_note(session, event, now=now, lease_s=settings.lease_s)
    print(f"{done} {note}".rstrip())


@command("event")
def compute_contributivity(c, event):
    """Blend the event's submissions from the beginning, now; workers do it after every result."""
    import config
    from databoard import worker

    print(worker.compute_contributivity(config.load(), event_name=event))
