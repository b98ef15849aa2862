"""The scorer: its faults are the platform's."""

import os
import signal

import pytest

from databoard.errors import PredictionError
from databoard.runner.scorer.client import Scorer, ScorerError
from databoard.runner.scorer.process import _fields_checked

ENDLESS = "import time\nprint('started to load')\ntime.sleep(10**6)\n"


@pytest.fixture
def scorer(small, tmp_path):
    scorer = Scorer(small.path, tmp_path / "log")
    yield scorer
    scorer.close()


@pytest.fixture
def prepare(scorer, small, tmp_path):
    from databoard import kits
    from databoard.runner.scorer.client import write_folds

    write_folds(tmp_path / "folds.npz", kits.folds(small))
    places = {"folder": str(tmp_path / "cache"), "folds": str(tmp_path / "folds.npz")}
    return lambda: scorer.ask("prepare", version=small.version, **places)


def test_a_scorer_tells_the_shapes_to_expect(prepare):
    facts = prepare()
    assert (facts["train"], facts["test"], facts["probability_columns"]) == ([120, 3], [30, 3], [0, 1, 2])


def test_inputs_are_readable_by_their_owner_only(prepare, tmp_path):
    prepare()
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "cache").iterdir())


def test_a_scorer_that_was_killed_comes_back(scorer, prepare):
    prepare()
    os.kill(scorer._process.pid, signal.SIGKILL)
    scorer._process.wait()
    assert prepare()["train"] == [120, 3]


def test_a_scorer_that_hangs_is_ended(tmp_path):
    (tmp_path / "problem.py").write_text(ENDLESS)
    scorer = Scorer(tmp_path, tmp_path / "log", answer_within_s=1.5)
    with pytest.raises(ScorerError, match="no answer within"):
        scorer.ask("prepare", version="", folder="", folds="")


def test_a_scorer_that_exits_is_a_fault_of_the_platform(tmp_path):
    (tmp_path / "problem.py").write_text("import os\nos._exit(3)\n")
    scorer = Scorer(tmp_path, tmp_path / "log")
    with pytest.raises(ScorerError, match="died"):
        scorer.ask("prepare", version="", folder="", folds="")


def test_the_environment_of_the_server_stays_outside(scorer, prepare, monkeypatch):
    monkeypatch.setenv("DATABOARD_DB_URL", "postgresql://secret")
    prepare()
    with open(f"/proc/{scorer._process.pid}/environ", "rb") as file:
        assert b"DATABOARD" not in file.read()


def test_objects_that_a_score_cannot_take_apart_are_the_submissions_fault():
    with (
        pytest.raises(PredictionError, match="as many numbers as the scores"),
        _fields_checked(is_lists=True),
    ):
        confidence, _, _, _ = (0.5, 1.0)
    with pytest.raises(ValueError, match="unpack"), _fields_checked(is_lists=False):
        confidence, _, _, _ = (0.5, 1.0)  # noqa: F841
