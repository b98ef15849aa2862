"""What ``fab show_job`` prints, and the bundle that it writes."""

import json
import zipfile
from dataclasses import replace

import pytest

from databoard.errors import NotFound, RuleError
from databoard.services.results import recording
from databoard.tasks import shown_job


@pytest.fixture
def ended(session, started, runs, now):
    first, second = runs("training_error", error_code="training_error", message="no")
    failed = (replace(first, log="one\ntwo\nthree"), second)
    recording.record_error(session, started, runs=failed, now=now)
    session.flush()
    return str(started.job_id)


@pytest.fixture
def show(session, now, capsys):
    def show(number, *, lines=50, format="table"):
        shown_job.show(session, shown_job.found(session, number), lines=lines, format=format, now=now)
        return capsys.readouterr().out

    return show


def test_a_job_is_printed_with_its_attempts_and_the_end_of_each_log(show, ended):
    text = show(ended, lines=2)
    words = ("iris_test/owls/first, training_error", "attempt 1 started on w1", "the last 2 of")
    assert [word for word in words if word not in text] == []
    assert "one" not in text.splitlines() and text.rstrip().endswith("log of fold 1")
    assert "one" in show(ended).splitlines()


def test_the_same_as_json_and_csv(show, ended):
    assert json.loads(show(ended, format="json"))["attempts"][0]["worker"] == "w1"
    assert show(ended, format="csv").startswith("attempt,worker,started_at")


def test_what_names_no_job_is_refused(session, show):
    with pytest.raises(RuleError, match="Expected the number of a job, got 'x'"):
        shown_job.found(session, "x")
    with pytest.raises(NotFound, match="There is no job 12345"):
        show("12345")


def test_lines_are_bounded(show, ended):
    with pytest.raises(RuleError, match="Expected 0 to 100000 lines"):
        show(ended, lines=-1)


def test_a_bundle_is_written_once_and_only_for_its_owner(session, ended, store, now, tmp_path, capsys):
    facts, path = shown_job.found(session, ended), tmp_path / "x.zip"
    shown_job.write_bundle(session, facts, str(path), store=store, now=now)
    assert path.stat().st_mode & 0o777 == 0o600 and f"Wrote {path}" in capsys.readouterr().out
    with zipfile.ZipFile(path) as archive:
        assert "submission/classifier.py" in archive.namelist()
        assert "three" in archive.read("attempts/1_error.log").decode()
    with pytest.raises(RuleError, match="Expected a new file for the bundle"):
        shown_job.write_bundle(session, facts, str(path), store=store, now=now)
