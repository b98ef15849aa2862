"""The accounts of a load test: make them, remove them. ``locustfile.py`` uses them."""

from invoke.context import Context

from databoard.tasks.console import command, server_session


@command("number")
def load_users(c: Context, number: int = 30, event: str = "iris_test") -> None:
    """Make accounts for a load test, sign them up for an event and write the file that locustfile.py reads."""
    from databoard.ops import load_users

    with server_session() as (settings, session, store, now):
        made = load_users.add(session, settings, n=int(number), event_name=event, store=store, now=now)
    path = load_users.path_of(settings)
    load_users.write(path, made)
    print(f"{len(made)} accounts take part in {event}. Their passwords are in {path}.")


@command()
def remove_load_users(c: Context) -> None:
    """Remove the accounts of a load test with their submissions, and the file of their passwords."""
    from databoard.ops import load_users

    with server_session() as (settings, session, _, now):
        n_removed = load_users.remove(session, now=now)
    load_users.path_of(settings).unlink(missing_ok=True)
    print(f"Removed {n_removed} accounts of a load test with all that they submitted.")
