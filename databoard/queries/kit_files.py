"""What participants read of a kit: its description, and the starting kit to download."""

from databoard.errors import KitError
from databoard.models import Event, Problem
from databoard.services.base.files import FileStore


def zipped_starting_kit(event: Event, store: FileStore) -> bytes:
    """Return the zip that participants download; nothing private is in it."""
    from databoard.kits import starting_kit_zip

    return starting_kit_zip(store.kit_path(event.problem.name))


def description_of(problem: Problem, store: FileStore) -> str:
    """Return the README of a problem's kit, Markdown; in place of one that is no text the reason."""
    from databoard.kits import read_text

    try:
        return read_text(store.kit_path(problem.name), "README.md")
    except FileNotFoundError:
        return f"# {problem.title}\n\nThe organisers have not written a description yet.\n"
    except KitError as error:
        return f"# {problem.title}\n\nThe description cannot be shown: {error}\n"
