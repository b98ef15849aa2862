"""Folders that change places; what rsync says; the signal that drains a worker, sent once."""

import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

import config
from databoard.clock import utc_now
from databoard.errors import DataboardError
from databoard.models import Event, Problem, Worker
from databoard.ops.publish import draining, kit_switch
from databoard.ops.publish.publish_problem import change
from tests.notebook_files import write_notebook


def folders(tmp_path, *names):
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)


def test_two_folders_change_places(tmp_path):
    folders(tmp_path, "new", "live")
    kit_switch.exchange(tmp_path / "new", tmp_path / "live")
    assert [(tmp_path / name / "file").read_text() for name in ("new", "live")] == ["live", "new"]


def test_a_first_folder_moves_and_comes_back(tmp_path):
    folders(tmp_path, "new")
    kit_switch.exchange(tmp_path / "new", tmp_path / "live")
    assert (tmp_path / "live" / "file").read_text() == "new" and not (tmp_path / "new").exists()
    kit_switch.exchange(tmp_path / "live", tmp_path / "new")
    assert (tmp_path / "new" / "file").read_text() == "new" and not (tmp_path / "live").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (">f+++++++++ problem.py", "new: problem.py"),
        (">fcst...... a b.md", "changed: a b.md"),
        ("*deleting   old.py", "gone: old.py"),
        ("*deleting   old/", ""),
        ("cd+++++++++ data/", ""),
        (".d..t...... ./", ""),
        ("cL+++++++++ link -> there", "new: link -> there"),
        ("", ""),
    ],
)
def test_a_line_of_rsync_says_what_changed(line, said):
    assert change(line) == said


@pytest.fixture
def settings(database_url, home, problems, tmp_path):
    """Settings with kits of this test's own."""
    shutil.copytree(problems, tmp_path / "problems")
    names = {"HOME": str(home), "PROBLEMS": str(tmp_path / "problems"), "DB_URL": database_url}
    return config.load({f"DATABOARD_{name}": value for name, value in names.items()})


@pytest.fixture
def new_iris(settings, tmp_path):
    """The kit iris with another title and a notebook, prepared, beside the one that is served."""
    new = shutil.copytree(settings.problems / "iris", tmp_path / "incoming" / "iris")
    text = (new / "problem.py").read_text()
    (new / "problem.py").write_text(re.sub(r"problem_title = .*", "problem_title = 'Flowers'", text))
    return write_notebook(new, "x = 1")


def test_a_new_kit_is_registered_in_the_moment_in_which_it_is_served(settings, new_iris, sessions):
    said = kit_switch.switch(settings, name="iris", folder=str(new_iris))
    assert said == "Problem iris exists; refreshed from its kit."
    assert "Flowers" in (settings.problems / "iris" / "problem.py").read_text()
    with sessions() as session:
        assert session.query(Problem).filter_by(name="iris").one().title == "Flowers"
    assert (settings.home / "notebooks" / "iris" / "page.json").is_file()


def test_a_kit_whose_event_cannot_follow_changes_nothing(settings, new_iris, sessions):
    (new_iris / "events" / "iris_test.toml").write_text("closes_at = 'never'\n")
    before = (settings.problems / "iris" / "problem.py").read_text()
    with pytest.raises(DataboardError):
        kit_switch.switch(settings, name="iris", folder=str(new_iris))
    assert (settings.problems / "iris" / "problem.py").read_text() == before
    with sessions() as session:
        assert session.query(Problem).filter_by(name="iris").one().title != "Flowers"
    assert not (settings.home / "notebooks" / "iris").exists()


def test_an_event_whose_file_is_the_same_keeps_what_its_organisers_changed(settings, new_iris, sessions):
    with sessions() as session, session.begin():
        session.query(Event).filter_by(name="iris_test").one().title = "Our course"
    kit_switch.switch(settings, name="iris", folder=str(new_iris))
    with sessions() as session:
        assert session.query(Event).filter_by(name="iris_test").one().title == "Our course"


@pytest.fixture
def sleeper(tmp_path):
    """A process that looks like a worker of another release, and counts the signals that ask it to end."""
    program = (
        "import signal, time\nn = 0\n"
        "def hear(*_):\n    global n\n    n += 1\n    open('heard', 'a').write('.')\n"
        "signal.signal(signal.SIGTERM, hear)\nopen('ready', 'w').close()\nwhile True: time.sleep(0.01)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, "worker"], cwd=tmp_path)
    while not (tmp_path / "ready").exists():
        assert process.poll() is None
    yield process
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_a_worker_of_another_release_is_asked_once(
    sessions, database_url, home, problems, sleeper, tmp_path, monkeypatch
):
    names = {"HOME": str(home), "PROBLEMS": str(problems), "DB_URL": database_url}
    settings = config.load({f"DATABOARD_{name}": value for name, value in names.items()})
    facts = {
        "engine": "local",
        "n_slots": 1,
        "jail_level": "A",
        "started_at": utc_now(),
        "heartbeat_at": utc_now(),
    }
    host = draining.socket.gethostname()[:64]
    with sessions() as session, session.begin():
        session.add(Worker(name="a", host=host, pid=sleeper.pid, **facts))
        session.add(Worker(name="b", host="elsewhere", pid=sleeper.pid, **facts))
        session.add(Worker(name="c", host=host, pid=os.getpid(), **facts))
    assert [draining.drain_others(settings) for _ in range(3)] == [1, 0, 0]
    monkeypatch.setattr(draining, "ROOT", tmp_path)
    (home / "run" / "drained").rename(home / "run" / "before")
    assert draining.drain_others(settings) == 0  # it runs this release
