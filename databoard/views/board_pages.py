"""Pages of leaderboards as HTML, kept by version in each web process.

What is kept does not depend on who looks. Each request decides which rows are the visitor's own, and whether
submissions are links.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Hashable
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any, Generic, TypeVar

from flask import current_app
from markupsafe import Markup
from sqlalchemy.orm import Session

from databoard.queries import leaderboards
from databoard.queries.board_names import BoardNames, board_names
from databoard.queries.board_order import BoardRequest
from databoard.queries.leaderboards import BoardPage
from databoard.services.people.viewers import BoardView
from databoard.states import BoardKind

#: Pages that a web process keeps, those of searches, and boards whose names it keeps.
N_KEPT, N_SEARCHED, N_BOARDS = 64, 16, 4

T = TypeVar("T")


class KeptPage:
    """One page of a board, with the HTML that was needed so far."""

    def __init__(self, page: BoardPage, event_name: str):
        self.page, self._event_name = page, event_name
        self._rows: dict[bool, list[Markup]] = {}  # of other teams, by whether submissions are links
        self._places = defaultdict[int, list[int]](list)  # of the rows of each team
        for place, row in enumerate(page.rows):
            self._places[row.event_team_id].append(place)

    def rows(self, viewer: BoardView, now: datetime) -> Markup:
        """Return the rows as `viewer` may see them now."""
        rows = self._others(viewer.can_see_all_code(now))
        if own := self._places.get(viewer.own_event_team_id or 0):
            rows = rows.copy()
            for place in own:
                rows[place] = self._row(place, True, True)
        return Markup("".join(rows))  # noqa: S704  (each of them is markup)

    @cached_property
    def head(self) -> Markup:
        """The headings of the columns."""
        return self._macro("board_head", self.page, self._event_name)

    @cached_property
    def above(self) -> Markup:
        """The links to other pages above the board."""
        return self._macro("neighbours", self.page, self._event_name, "above")

    @cached_property
    def below(self) -> Markup:
        """The same below it."""
        return self._macro("neighbours", self.page, self._event_name, "below")

    @cached_property
    def own(self) -> Markup:
        """The address that leads to the best row of the visitor's team."""
        return self._macro("address", self.page, self._event_name, own=1)

    def _others(self, is_link: bool) -> list[Markup]:
        if is_link not in self._rows:
            self._rows[is_link] = [self._row(place, False, is_link) for place in range(len(self.page.rows))]
        return self._rows[is_link]

    def _row(self, place: int, is_own: bool, is_link: bool) -> Markup:
        return self._macro("board_row", self.page, self.page.rows[place], is_own, is_link)

    def _macro(self, name: str, *values: object, **named: object) -> Markup:
        module: Any = current_app.jinja_env.get_template("leaderboard/_kept.html").module
        html: Markup = getattr(module, name)(*values, **named)
        return html


class KeptPages:
    """The pages that one web process keeps."""

    def __init__(self) -> None:
        self._pages, self._searched = Kept[KeptPage](N_KEPT), Kept[KeptPage](N_SEARCHED)
        self._names = Kept[BoardNames](N_BOARDS)

    def page(self, session: Session, viewer: BoardView, kind: BoardKind, request: BoardRequest) -> KeptPage:
        """Return a page of a board as it is now; what does not exist is not kept."""
        board = (viewer.event.id, viewer.event.created_at, viewer.event.board_version, kind)
        pages = self._searched if request.search else self._pages  # a search takes no place of a page
        kept = pages.get((board, request))
        if kept is None:
            event, names = leaderboards.event_of_boards(session, viewer.event.id), None
            if request.search:
                names = self._names.get(board) or board_names(session, event_id=event.id, kind=kind)
                self._names.put(board, names)
            kept = KeptPage(
                leaderboards.page(session, event=event, kind=kind, request=request, names=names), event.name
            )
            if kept.page.request == request:  # it names columns and rows that are there
                pages.put((board, request), kept)
        return kept


class Kept(Generic[T]):
    """The last `size` values that were asked for, by key; threads share it."""

    def __init__(self, size: int):
        self._size, self._values, self._lock = size, OrderedDict[Hashable, T](), Lock()

    def get(self, key: Hashable) -> T | None:
        """Return the value of a key; None when it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Hashable, value: T) -> None:
        """Keep a value in the place of the one that was not asked for longest."""
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._size:
                self._values.popitem(last=False)
