"""Reading an event: defaults, dates, scores, and how mistakes are named."""

from datetime import UTC, datetime

import pytest

from databoard import kits
from databoard.errors import KitError, NotFound

SCORES = '[[scores]]\nscore_type = "mare"\nname = "error"\nprecision = 1\n[[scores]]\nscore_type = "rmse"\n'


@pytest.fixture
def read(small):
    """Return a function that reads an event of the small kit from the text of its file."""

    def load(text, title='title = "Small event"\n'):
        (small / "events" / "small_test.toml").write_text(title + text)
        return kits.load_event(kits.load(small), "small_test")

    return load


def test_a_title_is_enough(read):
    event = read("")
    assert (event.name, event.problem_name, event.title) == ("small_test", "small", "Small event")
    assert (event.opens_at, event.closes_at, event.is_public) == (None, None, True)
    assert (event.min_duration_between_submissions_s, event.max_n_ensemble) == (900, 80)


def test_without_scores_an_event_shows_those_of_the_problem(read):
    rmse, mare = read("").scores
    assert rmse == kits.EventScore("rmse", "rmse", 2, is_official=True)
    assert mare == kits.EventScore("mare", "mare", 4, is_official=False)


def test_scores_may_be_renamed_and_the_first_is_official(read):
    assert read(SCORES).scores == (
        kits.EventScore("mare", "error", 1, is_official=True),
        kits.EventScore("rmse", "rmse", 2, is_official=False),
    )


def test_another_score_may_be_official(read):
    assert [score.is_official for score in read(SCORES + "is_official = true").scores] == [False, True]


def test_dates_become_utc(read):
    event = read("opens_at = 2026-12-01T14:00:00+02:00")
    assert event.opens_at == datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert event.opens_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tittle = 1", r"small/events/small_test.toml: unknown key 'tittle'. Known keys: title, opens_at"),
        ("problem_name = 'x'", "unknown key 'problem_name'"),
        ("opens_at = 2026-12-01T12:00:00", "opens_at should be a date with a zone.* without a zone"),
        ("opens_at = 2026-12-01", "opens_at should be a date with a zone"),
        ("is_public = 1", "is_public should be true or false, got 1"),
        ("max_n_ensemble = true", "max_n_ensemble should be a whole number, got True"),
        ("max_n_ensemble = 1.5", "max_n_ensemble should be a whole number, got 1.5"),
        ("max_n_ensemble = 0", "max_n_ensemble should be 1 or more, got 0"),
        ("min_duration_between_submissions_s = -1", "should be 0 or more, got -1"),
        ("opens_at = 2026-02-01T00:00:00Z\ncloses_at = 2026-01-01T00:00:00Z", "closes_at .* after opens_at"),
        ("time_zone = 'Mars'", "time_zone should be a name such as Europe/Paris, got 'Mars'"),
        ("resources = 'GPU'", 'resources should be such as "GPU=1 MEMORY=8e9", got'),
        ("title =", "not valid TOML"),
        ("scores = 3", r"one or more \[\[scores\]\]"),
        ("[[scores]]\nscore_type = 'auc'", r"\[\[scores\]\] 1: score_type should be one of rmse, mare"),
        ("[[scores]]\nname = 'rmse'", "score_type should be one of"),
        ("[[scores]]\nscore_type = 'rmse'\ndigits = 2", r"\[\[scores\]\] 1: unknown key 'digits'"),
        ("[[scores]]\nscore_type = 'rmse'\nprecision = '2'", "precision should be a whole number"),
        (SCORES.replace('"error"', '"rmse"'), "same name"),
        (SCORES.replace("precision = 1", "is_official = true") + "is_official = true", "2 .* are official"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_key(read, text, message):
    with pytest.raises(KitError, match=message):
        read(text)


def test_a_missing_title_is_named(read):
    with pytest.raises(KitError, match=r"small_test\.toml: title is missing"):
        read("", title="")


def test_an_unknown_event_is_not_found(small):
    with pytest.raises(NotFound, match="Its events: small_test"):
        kits.load_event(kits.load(small), "gone")
    with pytest.raises(NotFound, match="No problem has an event 'gone'"):
        kits.find_event(small.parent, "gone")


def test_an_event_of_two_problems_is_refused(small):
    other = small.parent / "other"
    (other / "events").mkdir(parents=True)
    (other / "problem.py").write_text("")
    (other / "events" / "small_test.toml").write_text("")
    with pytest.raises(KitError, match="other and small both have"):
        kits.find_event(small.parent, "small_test")


def test_event_names_are_sorted(small):
    (small / "events" / "a.toml").write_text("")
    assert kits.event_names(small) == ("a", "small_test")
