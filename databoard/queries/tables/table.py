"""What a table of the administration is: columns, filters, and how a page of rows is read.

Called by the pages, JSON and CSV under ``/admin`` and by ``fab show``, which all show the same rows.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from databoard.errors import InvalidParameter
from databoard.queries.paging import KeyPage, Position
from databoard.services.people.rights import Asker

#: The longest text of a filter.
MAX_FILTER = 200
#: The most rows that one page may ask for.
MAX_PAGE_SIZE = 1000


class Kind(StrEnum):
    """How a page writes the values of a column."""

    text = "text"
    number = "number"
    moment = "moment"
    seconds = "seconds"
    bytes = "bytes"
    state = "state"
    flag = "flag"


@dataclass(frozen=True)
class Column:
    """A column: its name in JSON and CSV, its heading on a page.

    `leads_to` names what a cell is a link to, such as ``submission``; a row has the key of it.
    """

    name: str
    title: str
    kind: Kind = Kind.text
    leads_to: str = ""


@dataclass(frozen=True)
class Filter:
    """A word by which rows are chosen.

    Attributes
    ----------
    choices : tuple of str
        All its values; empty for any text.
    check : callable, optional
        Raises :class:`InvalidParameter` for a text that is no value.
    example : str
        What a page shows in the empty field.
    """

    name: str
    title: str
    choices: tuple[str, ...] = ()
    check: Callable[[str], object] | None = None
    example: str = ""


@dataclass(frozen=True)
class Asked:
    """What is asked of a table.

    Attributes
    ----------
    viewer : Asker or None
        Who asks. None is the command line, which sees every row.
    chosen : mapping of str to str
        Value by name of filter; those that were checked by the table.
    lease_s : float
        After so many silent seconds a worker is lost.
    """

    viewer: Asker | None
    now: datetime
    lease_s: float
    size: int
    chosen: Mapping[str, str] = field(default_factory=dict)
    position: Position | None = None

    @property
    def sees_all(self) -> bool:
        """Whether the viewer runs the whole site, and not only some events."""
        return self.viewer is None or self.viewer.is_admin


@dataclass(frozen=True)
class Row:
    """A row: values by column, and the keys of what its cells lead to by what they name."""

    values: Mapping[str, object]
    keys: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes
    ----------
    read : callable
        Returns a page of rows; it may rely on checked filters.
    empty : str
        What to do or to know when there is no row.
    is_for_organisers : bool
        Whether organisers see the rows of their events. Otherwise the table is for administrators.
    is_live : bool
        Whether the page asks for new rows by itself.
    """

    name: str
    title: str
    about: str
    columns: tuple[Column, ...]
    read: Callable[[Session, Asked], KeyPage[Row]]
    filters: tuple[Filter, ...] = ()
    empty: str = "Nothing to show."
    is_for_organisers: bool = False
    is_live: bool = False

    def page(self, session: Session, asked: Asked) -> KeyPage[Row]:
        """Return the page of rows that is asked for.

        Raises
        ------
        InvalidParameter
            If a filter is unknown, or its value is none of its choices.
        """
        self.require_known(asked.chosen)
        if not 1 <= asked.size <= MAX_PAGE_SIZE:
            raise InvalidParameter(f"Expected a page of 1 to {MAX_PAGE_SIZE} rows, got {asked.size}.")
        return self.read(session, asked)

    def records(self, rows: Iterable[Row]) -> list[dict[str, object]]:
        """Return rows as records of plain values: times as ISO text, every column in its order."""
        return [{column.name: _plain(row.values.get(column.name)) for column in self.columns} for row in rows]

    def require_known(self, chosen: Mapping[str, str]) -> None:
        """Refuse filters and values that the table does not know.

        Raises
        ------
        InvalidParameter
            Naming the filters, or the values of one.
        """
        known = {each.name: each for each in self.filters}
        for name, value in chosen.items():
            if name not in known:
                names = ", ".join(known) or "none"
                raise InvalidParameter(f"The table {self.name} has no filter {name!r}. Its filters: {names}.")
            choices = known[name].choices
            if choices and value not in choices:
                raise InvalidParameter(f"Expected {name} to be one of {', '.join(choices)}, got {value!r}.")
            if len(value) > MAX_FILTER or "\0" in value:
                raise InvalidParameter(f"Expected a text of at most {MAX_FILTER} characters for {name}.")
            if (check := known[name].check) is not None:
                check(value)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, float):
        return round(value, 6)
    return value if value is None or isinstance(value, bool | int) else str(value)
