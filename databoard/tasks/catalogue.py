"""Problems and events, and the workflows, elements and score types that problems are made of."""

from invoke.context import Context

from databoard.tasks import classic
from databoard.tasks.console import back_up_first, command, file_store, server_session


@command("name", "type")
def add_workflow_element_type(c: Context, name: str, type: str) -> None:
    """Register a kind of submission file, such as classifier, of file type code, text or data."""
    from databoard.services.events import catalogue

    with server_session() as (_, session, _, _):
        print(catalogue.add_workflow_element_type(session, name=name, file_type=type).text)


@command("name", "elements")
def add_workflow(c: Context, name: str, elements: str) -> None:
    """Register a workflow and its elements in order, separated by commas."""
    from databoard.services.events import catalogue

    with server_session() as (_, session, _, _):
        print(
            catalogue.add_workflow(session, name=name, element_type_names=classic.parse_words(elements)).text
        )


@command("name", "is_lower_the_better", "minimum", "maximum")
def add_score_type(c: Context, name: str, is_lower_the_better: str, minimum: str, maximum: str) -> None:
    """Register a score type: direction (True: lower is better), lowest and highest value (inf is one)."""
    from databoard.services.events import catalogue

    with server_session() as (_, session, _, _):
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
def add_problem(c: Context, name: str, force: bool = False) -> None:
    """Prepare and register a problem of problems/<name>; with force replace it and delete its events."""
    from databoard.ops import environments
    from databoard.services.events import provisioning
    from databoard.tasks.steps import Steps

    if force:
        back_up_first()
    with Steps(name, quiet_s=15) as begin:  # most kits are ready sooner
        environments.build(file_store(), problem_name=name, is_quiet_without=True, say=begin.say, begin=begin)
        with server_session() as (_, session, store, now):
            begin("preparing and reading the kit and its data")
            done = provisioning.add_problem(session, name=name, store=store, now=now, is_forced=force)
    print(done.text)


@command("event")
def add_event(c: Context, event: str, force: bool = False) -> None:
    """Register an event and freeze its folds; again, take over its file; with force delete and replace it."""
    from databoard.services.events import provisioning

    if force:
        back_up_first()
    with server_session() as (_, session, store, now):
        print(provisioning.add_event(session, name=event, store=store, now=now, is_forced=force).text)
