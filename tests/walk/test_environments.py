"""Kits in environments of their own: old pins beside the newest, and a kit written for RAMP, untouched."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from databoard import kits
from databoard.clock import utc_now
from databoard.kits import environments
from databoard.models import EventScoreType, Job, JobAttempt, Submission, SubmissionScore
from databoard.ops import schema
from databoard.services.base.database import make_engine, session_factory, transaction
from databoard.services.people import accounts
from databoard.states import JobStep
from tests.walk import ramp_data

#: Nothing in them knows of this server.
RAMP_KITS = ("ramp", "ramp_combined", "ramp_detection", "ramp_series")
ROOT = Path(__file__).resolve().parents[2]
#: The oldest pair that has wheels for this Python: building either from source takes a compiler and half an hour.
OLD_PINS = {(3, 11): ("1.5.3", "1.3.2"), (3, 12): ("2.1.1", "1.3.2")}.get(
    sys.version_info[:2], ("2.2.3", "1.5.2")
)


@pytest.fixture(scope="session")
def kits_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("environments") / "problems"
    shutil.copytree(Path(__file__).with_name("kits"), folder)
    pandas, sklearn = OLD_PINS
    pins = f"pandas=={pandas}\nscikit-learn=={sklearn}\n" + "numpy<2\n" * (sklearn == "1.3.2")
    for name in ("old_pins", "newest"):
        shutil.copytree(folder / "clouds", folder / name)
    (folder / "old_pins" / "requirements.txt").write_text(pins)
    # It pins nothing: pandas and scikit-learn are the newest that this Python takes.
    shutil.copy(folder / "ramp" / "environment.yml", folder / "newest")
    for name in RAMP_KITS:
        ramp_data.write(folder / name)
    return folder


@pytest.fixture(scope="session")
def built(tmp_path_factory, kits_folder):
    """One home with the environments, shared by all workers of a test run: a build waits for another."""
    shared = tmp_path_factory.getbasetemp().parent / "shared-environments"
    for name in ("old_pins", "ramp"):
        kits.build_environment(shared, kits_folder / name, say=lambda line: None)
    for name in (*RAMP_KITS, "newest"):  # they ask for the same
        environments.record(shared, name, kits.find_environment(shared, kits_folder / "ramp"))
        assert kits.find_environment(shared, kits_folder / name) is not None
    return shared


@pytest.fixture
def fab(tmp_path, kits_folder, built, bare_environment):
    """Run one fab call that must succeed, on a database with one user."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "environments").symlink_to(built / "environments")
    environment = {**bare_environment, "DATABOARD_HOME": str(home), "DATABOARD_PROBLEMS": str(kits_folder)}
    engine = make_engine(f"sqlite:///{home / 'databoard.db'}")
    schema.upgrade(str(engine.url))
    with transaction(session_factory(engine)) as session:
        accounts.create_user(session, name="kegl", email="kegl@example.org", password="x" * 10, now=utc_now())
    engine.dispose()

    def fab(*words):
        command = [sys.executable, "-m", "fabric", *words]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return fab


@pytest.fixture
def rows(tmp_path):
    """Return what a query finds in the test's database."""

    def rows(query):
        engine = make_engine(f"sqlite:///{tmp_path / 'home' / 'databoard.db'}")
        with transaction(session_factory(engine)) as session:
            found = session.execute(query).all()
        engine.dispose()
        return found

    return rows


def test_old_pins_and_the_newest_are_scored_by_the_same_worker(fab, rows):
    lines = (
        "add_problem:{0}",
        "add_event:{0}",
        "sign_up_team:{0},kegl",
        "add_submission:{0},kegl,starting_kit",
    )
    calls = [line.format(name) for name in ("old_pins", "newest") for line in lines]
    fab(*calls, "train_test:newest")  # works until nothing waits, whosever event it is
    attempts = select(Submission.state, JobAttempt.worker, JobAttempt.log).join(Submission.jobs)
    states = rows(attempts.join(JobAttempt).where(Job.step == JobStep.train_test))
    assert [state for state, _, _ in states] == ["scored", "scored"]
    assert len({worker for _, worker, _ in states}) == 1
    logs = sorted(log for _, _, log in states)
    assert any(f"versions {OLD_PINS[0]} {OLD_PINS[1]}" in log for log in logs)
    assert not all(f"versions {OLD_PINS[0]} " in log for log in logs)


@pytest.mark.parametrize("name", RAMP_KITS)
def test_a_kit_written_for_ramp_scores_as_ramp_test_does(fab, rows, kits_folder, built, tmp_path, name):
    names = sorted(path.name for path in (kits_folder / name / "submissions").iterdir())
    made = (f"add_problem:{name}", f"add_event:{name}", f"sign_up_team:{name},kegl")
    fab(*made, *(f"add_submission:{name},kegl,{submission}" for submission in names), f"train_test:{name}")
    theirs = shutil.copytree(kits_folder / name, tmp_path / "theirs" / name)
    query = select(
        Submission.name, EventScoreType.name, SubmissionScore.valid_bags, SubmissionScore.test_bags
    )
    found = rows(query.join(SubmissionScore.submission).join(SubmissionScore.event_score_type))
    expected = _ramp_test(theirs, names, built)
    assert len(found) == sum(len(steps["valid"]) for steps in expected.values())
    for submission, score, valid, test in found:
        assert valid == pytest.approx(expected[submission]["valid"][score], abs=1e-9)
        assert test == pytest.approx(expected[submission]["test"][score], abs=1e-9)


def _ramp_test(kit, names, built):
    """Return the bagged scores that ``ramp-test`` writes, by submission, step and score name, one per fold."""
    python = kits.find_environment(built, kit).python
    command = [Path(python).with_name("ramp-test"), "--submission", "ALL", "--save-output"]
    subprocess.run(command, cwd=kit, check=True, capture_output=True)
    return {
        name: _bagged(kit / "submissions" / name / "training_output" / "bagged_scores.csv") for name in names
    }


def _bagged(path):
    with open(path) as file:
        lines = list(csv.DictReader(file))
    return {
        step: {
            key: [float(line[key]) for line in lines if line["step"] == step] for key in list(lines[0])[2:]
        }
        for step in ("valid", "test")
    }


def test_every_type_of_ramp_is_taken_by_its_attributes(kits_folder, built):
    # One form differs on purpose: in ours circles take a fixed number of places.
    python = kits.find_environment(built, kits_folder / "ramp").python
    command = [python, "-I", Path(__file__).with_name("ramp_names.py"), ROOT]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert found["n"] >= 45
    assert set(found["differ"]) == {"make_detection"}
    (_, _, is_lists, _), (_, _, is_ours_lists, _) = found["differ"]["make_detection"]
    assert is_lists and not is_ours_lists
