"""Both leaderboards computed the slow and plain way from results: what the stored rows are held against."""

from databoard.models import Event, EventTeam, Submission
from databoard.scoring.contributivity import percentages
from databoard.scoring.ranking import rank_key
from databoard.scoring.shown_digits import shown_score, shown_time_s


def naive_board(session, event_id, kind):
    """Return the rows of a board, the best first: rank, names, shown values, percents, times, move."""
    session.flush()
    session.expire_all()
    event = session.get(Event, event_id)
    every = session.query(Submission).join(EventTeam).filter(EventTeam.event_id == event_id).all()
    there = [row for row in every if row.state == "scored" and row.is_valid]
    official = next(score for score in event.score_types if score.is_official)

    def number(row, score, column):
        found = [each for each in row.scores if each.event_score_type_id == score.id]
        return getattr(found[0], column) if found else None

    def ranked(part):
        column, is_lower = f"{part}_{event.score_kind}", official.score_type.is_lower_the_better
        return sorted(
            there, key=lambda row: rank_key(number(row, official, column), is_lower, row.submitted_at, row.id)
        )

    oldest_first = sorted(there, key=lambda row: (row.submitted_at, row.id))
    percent = percentages({row.id: row.contributivity for row in oldest_first})
    historical = percentages({row.id: row.historical_contributivity for row in oldest_first})
    places = {row.id: place for place, row in enumerate(ranked("valid"), start=1)}
    part = "valid" if kind == "public" else "test"
    columns = [(score, f"{part}_{event.score_kind}") for score in event.score_types]
    if kind == "private":
        other = "mean" if event.score_kind == "bag" else "bag"
        columns += [(official, name) for name in (f"valid_{event.score_kind}", f"test_{other}", "test_std")]
    return [
        (
            rank,
            row.event_team.team.name,
            row.name,
            row.slug,
            tuple(shown_score(number(row, score, column), score.precision) for score, column in columns),
            percent[row.id],
            historical[row.id],
            row.contributivity,
            shown_time_s(_sum(fold.train_time_s for fold in row.folds)),
            shown_time_s(_sum(fold.valid_time_s for fold in row.folds)),
            row.submitted_at,
            None if kind == "public" else places[row.id] - rank,
        )
        for rank, row in enumerate(ranked(part), start=1)
    ]


def stored_board(page_rows):
    """Return rows of a board in the same shape."""
    return [
        (
            row.rank,
            row.team_name,
            row.name,
            row.slug,
            tuple(cell.value for cell in row.cells),
            row.contributivity,
            row.historical_contributivity,
            row.share,
            row.train_time_s,
            row.valid_time_s,
            row.submitted_at,
            row.move,
        )
        for row in page_rows
    ]


def _sum(values):
    """Return the sum as a database has it: of what is there, None of nothing."""
    there = [value for value in values if value is not None]
    return sum(there) if there else None
