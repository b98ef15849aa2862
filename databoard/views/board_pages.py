"""Pages of leaderboards as HTML, kept by version in each web process.

What is kept does not depend on who looks. Each request decides for every row whether it is the visitor's own, and
whether its submission is a link.
"""

from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime
from threading import Lock

from flask import current_app
from markupsafe import Markup
from sqlalchemy.orm import Session

from databoard.queries import leaderboards
from databoard.queries.board_order import BoardRequest
from databoard.queries.leaderboards import BoardPage
from databoard.services.people.access import EventAccess
from databoard.states import BoardKind

#: Pages that a web process keeps; the one that was not used for longest goes first.
N_KEPT = 64


class KeptPage:
    """One page of a board, with the HTML of each row as it was needed so far."""

    def __init__(self, page: BoardPage):
        self.page = page
        self._html: dict[tuple[int, bool, bool], Markup] = {}

    def html(self, viewer: EventAccess, now: datetime) -> Markup:
        """Return the rows as `viewer` may see them now."""
        return Markup().join(
            self._row(place, viewer.is_own(row), viewer.can_see_code(row, now))
            for place, row in enumerate(self.page.rows)
        )

    def _row(self, place: int, is_own: bool, is_link: bool) -> Markup:
        found = self._html.get((place, is_own, is_link))
        if found is None:
            macros = current_app.jinja_env.get_template("leaderboard/_row.html").module
            found = macros.board_row(self.page, self.page.rows[place], is_own, is_link)  # type: ignore[attr-defined]
            self._html[place, is_own, is_link] = found
        return found


class KeptPages:
    """The pages that one web process keeps."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Hashable, KeptPage] = OrderedDict()
        self._lock = Lock()

    def page(self, session: Session, viewer: EventAccess, kind: BoardKind, request: BoardRequest) -> KeptPage:
        """Return a page of a board as it is now; what was searched for, or does not exist, is not kept."""
        event = viewer.event
        key = (event.id, event.created_at, event.board_version, kind, request)
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
                return self._pages[key]
        kept = KeptPage(leaderboards.page(session, event=event, kind=kind, request=request))
        if kept.page.request == request and not request.search:  # it names columns and rows that are there
            with self._lock:
                self._pages[key] = kept
                while len(self._pages) > N_KEPT:
                    self._pages.popitem(last=False)
        return kept
