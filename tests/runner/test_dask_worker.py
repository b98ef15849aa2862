"""What one Dask worker accepts, keeps and refuses; no cluster."""

import hashlib
import os
import threading
import time

import pytest

from databoard import __version__
from databoard.errors import JailError
from databoard.jail import Interpreter, Limits, bubblewrap
from databoard.runner.executors import content, dask_worker
from databoard.runner.executors.content import ContentFolder, digest_of
from databoard.runner.executors.dask import wanted
from databoard.runner.executors.dask_worker import SECRETS, Parcel, Station
from databoard.runner.task import FoldTask


@pytest.fixture
def station(tmp_path, monkeypatch):
    for name in ("DATABOARD_JAIL", *dask_worker.SECRETS):
        monkeypatch.delenv(name, raising=False)
    station = Station(tmp_path / "inputs", n_slots=1)
    yield station
    station.close()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def read(task, *_):
    return task.inputs.x_train.read_bytes()


def parcel(function=read, *, jail_mode="bubblewrap", interpreter=None, version=__version__):
    task = FoldTask(0, {}, {}, None, None, Limits(), jail_mode, interpreter)
    return Parcel("a", "topic", function, task, sha(b"rows"), None, sha(b"labels"), "B", version)


def sender(station, *contents):
    """Return what answers a wish as the server does."""
    wishes = []

    def tell(wants=None, **news):
        if wants:
            wishes.append(wants)
            data = next(data for data in contents if sha(data) == wants)
            station.receive(str(len(wishes)), wants, data[:2], False)
            station.receive(str(len(wishes)), wants, data[2:], True)

    return tell, wishes


def test_an_input_is_asked_for_once_and_kept(station):
    tell, wishes = sender(station, b"rows", b"labels")
    assert [station.run(parcel(), tell, threading.Event()) for _ in range(2)] == [b"rows"] * 2
    assert wishes == [sha(b"rows"), sha(b"labels")]
    assert station.inputs.folder.stat().st_mode & 0o777 == 0o700


def test_an_input_that_was_altered_on_disk_is_asked_for_again(station):
    tell, wishes = sender(station, b"rows", b"labels")
    station.run(parcel(), tell, threading.Event())
    (station.inputs.folder / sha(b"rows")).write_bytes(b"sowr")
    assert station.run(parcel(), tell, threading.Event()) == b"rows"
    assert wishes.count(sha(b"rows")) == 2


def test_an_input_that_is_altered_before_it_is_read_is_no_input(station):
    tell, _ = sender(station, b"rows", b"labels")

    def alter_and_read(task, *_):
        task.inputs.x_train.path.write_bytes(b"other")
        return task.inputs.x_train.read_bytes()

    with pytest.raises(JailError, match="altered on disk"):
        station.run(parcel(alter_and_read), tell, threading.Event())


def test_an_input_that_arrives_altered_is_dropped(station):
    with pytest.raises(JailError, match="arrived altered"):
        station.receive("1", sha(b"rows"), b"others", True)
    assert [path for path in station.inputs.folder.rglob("*") if path.is_file()] == []


def test_a_fold_that_nobody_waits_for_does_not_wait_for_its_inputs(station):
    gone = threading.Event()
    threading.Timer(0.3, gone.set).start()
    began_s = time.monotonic()
    with pytest.raises(dask_worker.CancelledError):
        station.run(parcel(), lambda **news: None, gone)
    assert time.monotonic() < began_s + 5


@pytest.fixture(autouse=True)
def no_secret(monkeypatch):
    """Other tests of this process may have laid baits."""
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"version": "0.0.1"}, "Expected databoard 0.0.1 as on the server"),
        ({"interpreter": Interpreter("/no/such/python", ())}, "environment of this kit at /no/such/python"),
        ({"jail_mode": "none"}, "Expected folds for DATABOARD_JAIL=bubblewrap"),
    ],
)
def test_a_fold_that_cannot_run_here_is_refused_in_words(station, facts, words):
    with pytest.raises(JailError, match=words):
        station.run(parcel(**facts), lambda **news: None, threading.Event())


def test_a_machine_that_knows_a_secret_of_the_server_offers_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABOARD_SECRET_KEY", "k")
    with pytest.raises(JailError, match="without DATABOARD_SECRET_KEY: unset it"):
        Station(tmp_path / "inputs", n_slots=1)


def test_a_machine_whose_jail_does_not_hold_offers_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(bubblewrap, "find_bwrap", no_bubblewrap)
    with pytest.raises(JailError, match="bubblewrap is missing"):
        Station(tmp_path / "inputs", n_slots=1)


def no_bubblewrap():
    raise JailError("bubblewrap is missing")


def test_what_nobody_asked_for_in_a_week_is_removed(tmp_path, monkeypatch):
    folder = ContentFolder(tmp_path / "inputs")
    draft = folder.begin()
    draft.write_bytes(b"rows")
    assert folder.keep(draft, sha(b"rows"))
    assert ContentFolder(tmp_path / "inputs").find(sha(b"rows")).read_bytes() == b"rows"
    monkeypatch.setattr(content.time, "time", lambda: draft_time + content.KEPT_S + 60)
    draft_time = (tmp_path / "inputs" / sha(b"rows")).stat().st_mtime
    assert ContentFolder(tmp_path / "inputs").find(sha(b"rows")) is None


def test_what_had_not_arrived_goes_at_the_end_or_with_the_next_start(tmp_path):
    folder, killed = (ContentFolder(tmp_path / "inputs") for _ in range(2))
    drafts = [one.begin() for one in (folder, killed)]
    folder.close()
    os.close(killed._arriving._lock)  # as its death would
    ContentFolder(tmp_path / "inputs").close()
    assert [draft.parent.exists() for draft in drafts] == [False, False]
    killed._arriving._lock = None


def test_a_digest_is_that_of_the_bytes_that_are_there_now(tmp_path):
    (tmp_path / "file").write_bytes(b"rows")
    first = digest_of(tmp_path / "file")
    (tmp_path / "file").write_bytes(b"sowr")
    assert (first, digest_of(tmp_path / "file")) == (sha(b"rows"), sha(b"sowr"))


def test_names_that_are_no_digest_reach_no_file(tmp_path):
    with pytest.raises(ValueError, match="SHA-256"):
        ContentFolder(tmp_path / "inputs").find("../secret")


def test_resources_of_an_event_are_read_as_dask_takes_them():
    assert wanted("GPU=1 MEMORY=8e9") == {"GPU": 1.0, "MEMORY": 8e9}
    assert wanted("") == {}
