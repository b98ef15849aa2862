"""What an event has for its participants: a text and links, read from its file when the page is opened."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from databoard.errors import KitError, NotFound
from databoard.models import Event
from databoard.services.base.files import FileStore

if TYPE_CHECKING:
    from databoard.kits import Material


@dataclass(frozen=True)
class TeachingPage:
    """Everything the teaching page of an event shows.

    Attributes
    ----------
    text : str
        Markdown.
    file : str
        Where an organiser writes both: the event's file, below the folder of problems.
    fault : str
        Why nothing can be shown now, for organisers; empty when all is well.
    """

    text: str
    materials: "tuple[Material, ...]"
    file: str
    fault: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.text.strip() or self.materials)


def page(event: Event, store: FileStore) -> TeachingPage:
    """Return the teaching page of an event; an event without a file has nothing yet."""
    from databoard import kits

    file = f"{event.problem.name}/events/{event.name}.toml"
    try:
        path, event_file = kits.locate_event(store.problems, event.name)
        teaching = kits.event_teaching(path, event_file) if event_file else kits.Teaching()
    except NotFound:
        return TeachingPage("", (), file)
    except KitError as error:
        return TeachingPage("", (), file, str(error))
    return TeachingPage(
        teaching.text, teaching.materials, f"{path.name}/events/{event_file or event.name}.toml"
    )
