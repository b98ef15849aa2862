"""Leaderboards: who sees what, and the same rows as page, JSON and CSV."""

import csv
import io
from datetime import timedelta

import pytest

from databoard.services.boards import rows as boards
from databoard.views.downloads import csv_table

URL = "/events/iris_test/leaderboard"
PRIVATE = "/events/iris_test/private_leaderboard"


def test_an_empty_board_says_what_will_be_there(visit):
    assert "No scored submission yet" in visit("charlie").get(URL).text


def test_everyone_of_the_event_sees_scores_and_the_own_row_is_marked(visit, scored):
    own, other = visit("alice").get(URL).text, visit("charlie").get(URL).text
    assert 'class="table-active"' in own and f"/submissions/{scored.slug}" in own
    assert 'class="table-active"' not in other and "forest" in other and scored.slug not in other


@pytest.mark.parametrize("url", [URL, PRIVATE])
def test_what_ranks_when_scores_look_equal_stands_above_the_board(visit, scored, url):
    before, _, after = visit("olga").get(url).text.partition("<table")
    assert "Scores are shown rounded; ranks compare the exact scores." in before and "forest" in after
    assert "Scores that look equal can have different ranks." in before
    assert "When scores are exactly equal, the earlier submission ranks first." in before


def test_json_and_csv_hold_the_same_rows(visit, scored):
    visitor = visit("charlie")
    board = visitor.get(f"{URL}.json").get_json()
    rows = list(csv.DictReader(io.StringIO(visitor.get(f"{URL}.csv").text)))
    assert board["n_rows"] == 1 and list(rows[0]) == list(board["rows"][0])
    assert board["rows"][0]["acc"] == 0.9 and float(rows[0]["acc"]) == 0.9


@pytest.fixture
def pages(scored):
    """Every page that shows contributivities, by who looks."""
    return {
        "olga": (URL, PRIVATE, f"/submissions/{scored.slug}"),
        "alice": (URL, "/events/iris_test/my_submissions", f"/submissions/{scored.slug}"),
    }


def test_pages_say_that_contributivities_are_being_computed_and_what_that_needs(
    visit, session, iris_event, pages
):
    texts = lambda: [visit(name).get(page).text for name in pages for page in pages[name]]  # noqa: E731
    iris_event.n_ensemble_recorded = iris_event.n_ensemble_changes
    session.commit()
    assert [text for text in texts() if "being computed" in text] == []
    iris_event.n_ensemble_changes += 1
    session.commit()
    assert all("being computed" in text and "running worker" in text for text in texts())
    assert "fab compute_contributivity:iris_test" in visit("olga").get(URL).text
    assert "fab compute" not in visit("charlie").get(URL).text


@pytest.mark.parametrize("leaf", ["", ".json", ".csv"])
def test_test_scores_are_hidden_until_the_event_closes(visit, scored, clock, iris_event, leaf):
    charlie = visit("charlie")
    assert charlie.get(PRIVATE + leaf).status_code == 403
    assert visit("olga").get(PRIVATE + leaf).status_code == 200
    clock.now = iris_event.closes_at + timedelta(seconds=1)
    assert charlie.get(PRIVATE + leaf).status_code == 200


def test_programs_get_errors_as_json(visit):
    answer = visit().get(f"{URL}.json")
    assert answer.status_code == 401 and answer.get_json()["status"] == 401
    assert visit("charlie").get(f"{PRIVATE}.json").get_json()["message"].startswith("Test scores")


@pytest.mark.parametrize("name", ["=1+1", "+x", "-x", "@x", "\tx"])
def test_csv_cells_are_no_formulas(app, name):
    with app.test_request_context():
        content = csv_table([{"team": name, "move": -3, "acc": -0.5}], "x.csv").get_data(as_text=True)
    assert next(csv.DictReader(io.StringIO(content))) == {"team": f"'{name}", "move": "-3", "acc": "-0.5"}


def test_a_board_of_means_says_so(visit, scored, session, iris_event):
    assert "predictions bagged over the folds" in visit("charlie").get(URL).text
    iris_event.score_kind = "mean"
    session.query(type(scored.scores[0])).update({"valid_mean": 0.25})
    boards.refresh_all(session, iris_event)
    session.commit()
    board = visit("charlie")
    assert "mean of the folds" in board.get(URL).text and "acc mean" in board.get(URL).text
    assert board.get(f"{URL}.json").get_json()["rows"][0]["acc"] == 0.25
