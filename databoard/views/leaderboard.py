"""The leaderboards: validation scores for everyone of the event, test scores for whom the rules let."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from databoard.forms import board_request
from databoard.queries import leaderboards, records
from databoard.states import BoardKind
from databoard.views import versions
from databoard.views.access import needs_board, needs_private_board
from databoard.views.downloads import csv_stream, json_stream

bp = Blueprint("leaderboard", __name__, url_prefix="/events/<event_name>")


@bp.get("/leaderboard")
@needs_board
def public(event_name: str) -> ResponseReturnValue:
    """Show a page of the validation scores."""
    return board_page(BoardKind.public)


@bp.get("/leaderboard.json")
@needs_board
def public_json(event_name: str) -> ResponseReturnValue:
    """Return all rows as JSON."""
    return json_stream(every_record(BoardKind.public))


@bp.get("/leaderboard.csv")
@needs_board
def public_csv(event_name: str) -> ResponseReturnValue:
    """Return all rows as CSV."""
    return csv_stream(every_record(BoardKind.public), f"{event_name}_leaderboard.csv")


@bp.get("/private_leaderboard")
@needs_private_board
def private(event_name: str) -> ResponseReturnValue:
    """Show a page of the test scores."""
    return board_page(BoardKind.private)


@bp.get("/private_leaderboard.json")
@needs_private_board
def private_json(event_name: str) -> ResponseReturnValue:
    """Return all rows as JSON."""
    return json_stream(every_record(BoardKind.private))


@bp.get("/private_leaderboard.csv")
@needs_private_board
def private_csv(event_name: str) -> ResponseReturnValue:
    """Return all rows as CSV."""
    return csv_stream(every_record(BoardKind.private), f"{event_name}_private_leaderboard.csv")


def board_page(kind: BoardKind) -> ResponseReturnValue:
    """Return the page of a board that the address asks for, or 304 to a browser that has it."""
    if "own" in request.args:
        return own_place(kind)
    version = versions.version_of_event_page(g.event.board_version)
    if (unchanged := versions.not_modified(version)) is not None:
        return unchanged
    kept = current_app.extensions["databoard"]["boards"].page(
        g.session, g.event_access, kind, board_request(request)
    )
    html = render_template(
        "leaderboard/show.html", board=kept.page, kept=kept, rows=kept.rows(g.event_access, g.now)
    )
    return versions.with_version(Response(html), version)


def own_place(kind: BoardKind) -> ResponseReturnValue:
    """Lead to where the best row of the visitor's team stands, in the order that the address names."""
    asked, own = board_request(request), None
    if g.event_team is not None:
        event = leaderboards.event_of_boards(g.session, g.event.id)
        own = leaderboards.own_place(
            g.session, event=event, event_team_id=g.event_team.id, kind=kind, request=asked
        )
    kept: dict[str, Any] = {
        name: request.args[name] for name in ("sort", "order", "q") if name in request.args
    }
    if own is not None:
        kept |= {"after": own.after, "_anchor": f"row-{own.submission_id}"}
    return redirect(url_for(f"leaderboard.{kind}", event_name=g.event.name, **kept))


def every_record(kind: BoardKind) -> Callable[[Session], Iterator[dict[str, object]]]:
    """Return what yields the record of each row, the best first."""
    return partial(records.every_board_record, event_id=g.event.id, kind=kind)
