"""Pages of leaderboards as HTML, kept by version in each web process.

What is kept does not depend on who looks. Each request decides which rows are the visitor's own, and whether
submissions are links.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Hashable
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any

from flask import current_app
from markupsafe import Markup
from sqlalchemy.orm import Session

from databoard.queries import leaderboards
from databoard.queries.board_order import BoardRequest
from databoard.queries.leaderboards import BoardPage
from databoard.services.people.viewers import BoardView
from databoard.states import BoardKind

#: Pages that a web process keeps; the one that was not used for longest goes first.
N_KEPT = 64


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
        self._pages: OrderedDict[Hashable, KeptPage] = OrderedDict()
        self._lock = Lock()

    def page(self, session: Session, viewer: BoardView, kind: BoardKind, request: BoardRequest) -> KeptPage:
        """Return a page of a board as it is now; what was searched for, or does not exist, is not kept."""
        key = (viewer.event.id, viewer.event.created_at, viewer.event.board_version, kind, request)
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
                return self._pages[key]
        event = leaderboards.event_of_boards(session, viewer.event.id)
        kept = KeptPage(leaderboards.page(session, event=event, kind=kind, request=request), event.name)
        if kept.page.request == request and not request.search:  # it names columns and rows that are there
            with self._lock:
                self._pages[key] = kept
                while len(self._pages) > N_KEPT:
                    self._pages.popitem(last=False)
        return kept
