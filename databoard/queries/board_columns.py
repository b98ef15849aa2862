"""The score columns of leaderboards, and which of them a list of submissions shows."""

from dataclasses import dataclass, replace

from databoard.models import Event
from databoard.services.boards.numbers import Number, numbers
from databoard.states import BoardKind, ScoreKind


@dataclass(frozen=True)
class BoardColumn:
    """A column of scores; `is_lower_the_better` None means that it does not rank (a deviation)."""

    key: str
    label: str
    is_lower_the_better: bool | None
    is_official: bool


def columns(event: Event) -> tuple[BoardColumn, ...]:
    """Return the score columns of an event, in its order."""
    return tuple(
        BoardColumn(score.name, score.name, score.score_type.is_lower_the_better, score.is_official)
        for score in event.score_types
    )


def kind_columns(event: Event) -> tuple[BoardColumn, ...]:
    """Return the same with labels that say `mean` where the event shows the means of the folds."""
    if event.score_kind is ScoreKind.bag:
        return columns(event)
    return tuple(replace(column, label=f"{column.label} {event.score_kind}") for column in columns(event))


def board_columns(event: Event, kind: BoardKind) -> tuple[BoardColumn, ...]:
    """Return the columns of a board, one for each of its `numbers`."""
    shown = kind_columns(event)
    added = numbers(event, kind)[len(shown) :]
    return (*shown, *(_added(number) for number in added))


def _added(number: Number) -> BoardColumn:
    """Return a column that the private board adds: the validation score, the other kind, or the deviation."""
    part, _, what = number.column.partition("_")
    name = f"{number.score.name} {'public' if part == 'valid' else what}"
    return BoardColumn(name, name, number.is_lower_the_better, False)
