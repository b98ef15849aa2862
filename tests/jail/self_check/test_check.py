"""The canary: real jails, as root and as an ordinary user, and what happens without one.

No test here skips without bubblewrap. Install it: sudo apt-get install -y bubblewrap
"""

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from databoard import jail
from databoard.errors import JailError
from databoard.jail import CheckReport, Layer, bubblewrap
from databoard.jail.bubblewrap import find_bwrap
from databoard.jail.self_check import check

REPORT = """
import json, os
from databoard import jail
report = jail.check()
layers = [[layer.name, layer.is_closed, layer.detail] for layer in report.layers]
print(json.dumps([os.geteuid(), report.level, layers]))
"""

TRAINING = """
import tempfile
from pathlib import Path
from databoard import kits
from databoard.runner import Limits, Runner, TrainingTask

CODE = "import os, time\\nimport numpy as np\\nclass Classifier:\\n    def fit(self, X, y):\\n        {}\\n" \\
       "    def predict_proba(self, X):\\n        return np.full((len(X), 3), 1 / 3)\\n"
FITS = ["pass", "time.sleep(10**6)", "[os.fork() for _ in range(20)]; time.sleep(10**6)"]
path = Path(KIT)
kit = kits.load(path)
limits = Limits(wall_time_s=4, max_processes=16, memory_bytes=1 << 29)
with tempfile.TemporaryDirectory() as home, Runner(home=home, jail_mode="bubblewrap", n_parallel=1) as runner:
    for fit in FITS:
        files = {"classifier.py": CODE.format(fit).encode()}
        task = TrainingTask(path, kit.version, kits.folds(kit), files, limits, (("acc", "acc"),), "acc")
        (run,) = runner.train_test(task)
        print(run.error_code or run.state)
"""
KIT = Path(__file__).resolve().parents[2] / "gallery" / "small_kit"


def test_every_layer_is_closed_here():
    report = jail.check()
    assert [layer for layer in report.layers if not layer.is_closed] == []
    report.raise_if_open()


def test_every_layer_is_closed_for_an_ordinary_user(start, ordinary_user):
    output, errors = start(REPORT, prefix=ordinary_user).communicate(timeout=60)
    uid, level, layers = json.loads(output or '[0, "", []]')
    assert uid != 0 and level == "A", errors
    assert [layer for layer in layers if layer[1] is not True] == []


#: As container engines mount them: no program starts from /dev or /dev/shm, so runs get no copy of shared files.
NOEXEC = (
    "mount --rbind /dev /dev; mount -o remount,bind,noexec,nosuid /dev; mount -t tmpfs -o noexec shm /dev/shm"
)


def within(script, ordinary_user):
    """Return the start of a command line: the mounts of a shell script, then an ordinary user."""
    unshare = ["unshare", "--mount", *([] if ordinary_user else ["--map-root-user"])]
    user = ordinary_user or ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    return [*unshare, "sh", "-ec", f'{script}; exec "$@"', "sh", *user]


def test_what_an_outer_wall_forbids_on_dev_stays_forbidden(start, ordinary_user):
    # A user namespace may not allow it again.
    output, errors = start(REPORT, prefix=within(NOEXEC, ordinary_user)).communicate(timeout=60)
    assert json.loads(output or "[0, 0]")[1] == "A", errors


def test_where_a_container_hides_parts_of_proc_each_level_says_why_it_is_not_reached(start, ordinary_user):
    hiding = within(f"{NOEXEC}; mount --bind /dev/null /proc/keys", ordinary_user)
    _, errors = start(f"import logging; logging.basicConfig()\n{REPORT}", prefix=hiding).communicate(
        timeout=60
    )
    reason = "bwrap: Can't mount proc on /newroot/proc"
    assert errors.count(reason) >= 3  # levels A and B, and a jail for each fold
    assert f"bubblewrap could not start: {reason}" in errors and "docs/deploy.md" in errors


def test_an_ordinary_user_trains_in_the_jail(start, ordinary_user):
    code = TRAINING.replace("KIT", repr(str(KIT)))
    output, errors = start(code, prefix=ordinary_user).communicate(timeout=60)
    assert output.split() == ["tested", "timeout", "too_many_processes"], errors


def test_without_user_namespaces_an_ordinary_user_is_refused_and_told_what_would_not_hold(
    start, ordinary_user
):
    forbidding = [find_bwrap(), "--dev-bind", "/", "/", "--unshare-user", "--disable-userns", "--"]
    _, errors = start(REPORT, prefix=[*ordinary_user, *forbidding]).communicate(timeout=60)
    assert "JailError: No jail can be started here, so no submission runs." in errors
    for text in ("user.max_user_namespaces", "outlive their run", "bwrap: "):
        assert text in errors


def test_what_a_level_lets_through_is_told():
    assert "talk_by_futex" in jail.check().notes[0]


def test_descriptors_in_flight_of_a_run_do_not_stop_the_worker(start, ordinary_user):
    # The kernel counts them for the user, who is the same inside and outside.
    few_files = "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (1024, r.getrlimit(r.RLIMIT_NOFILE)[1]))"
    hog = (
        "import socket; self.ends = socket.socketpair(); "
        "[socket.send_fds(self.ends[0], [b'x'], [0] * 250) for _ in range(5)]"
    )
    code = TRAINING.replace("KIT", repr(str(KIT))).replace('"pass"', repr(hog))
    output, errors = start(f"{few_files}\n{code}", prefix=ordinary_user).communicate(timeout=60)
    assert output.split() == ["tested", "timeout", "too_many_processes"], errors


def test_signals_that_the_worker_ignores_are_not_ignored_inside(start, ordinary_user):
    ignoring = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
    code = TRAINING.replace("KIT", repr(str(KIT))).replace('"pass"', repr("os.kill(1, 2); time.sleep(60)"))
    output, errors = start(f"{ignoring}\n{code}", prefix=ordinary_user).communicate(timeout=60)
    assert output.split() == ["crashed", "timeout", "too_many_processes"], errors


def test_a_python_below_tmp_is_visible_inside(tmp_path):
    # A checkout in /tmp keeps its .venv there; the run's own /tmp must not hide it.
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    code = "from databoard.jail import check; check().raise_if_open()"
    path = f"{Path(bubblewrap.find_bwrap()).parent}:{os.environ['PATH']}"  # the new Python has no packages
    environment = {**os.environ, "PYTHONPATH": str(KIT.parents[2]), "PATH": path}
    done = subprocess.run(
        [tmp_path / "venv" / "bin" / "python", "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def through(folder):
    """Return a function that writes a path by way of ``folder``."""
    return lambda path: f"{folder}{'/..' * (len(Path(folder).parts) - 1)}{path}"


WRITTEN = {
    "by way of a folder beside it": lambda path: (
        f"{Path(path).parent}/../{Path(path).parent.name}/{Path(path).name}"
    ),
    "by way of a folder that no run sees": through(KIT),
    "by way of /usr": through("/usr/bin"),
    "by way of /tmp": through("/tmp"),
    "ending in ..": lambda path: f"{path}/lib/.." if os.path.isdir(path) else path,
    "with dots and slashes": lambda path: f"{path}//." if os.path.isdir(path) else f"/.{path}",
}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("what", ["executable", "prefixes", "both"])
def test_a_python_is_found_however_its_path_is_written(monkeypatch, what, written):
    own, write = bubblewrap.own_interpreter(), WRITTEN[written]
    executable = own.executable if what == "prefixes" else write(own.executable)
    prefixes = own.prefixes if what == "executable" else tuple(map(write, own.prefixes))
    monkeypatch.setattr(bubblewrap, "own_interpreter", lambda: jail.Interpreter(executable, prefixes))
    report = jail.check()
    assert report.level == "A"
    report.raise_if_open()


@pytest.mark.parametrize("name", ["mnt", "pid"])
def test_without_a_namespace_that_the_rest_stands_on_there_is_no_jail(name):
    with pytest.raises(JailError, match="the inner wall failed"):
        jail.check(off=(name,))


def test_where_no_cell_can_be_made_every_fold_starts_cold_and_the_level_tells(without_nesting):
    with without_nesting.refused(without_nesting.ANY):
        report = jail.check()
    assert (report.level, report.is_closed, report.is_warm) == ("B", True, False)
    assert "leave_in_device_times" in report.notes[0]
    with pytest.raises(JailError, match="Expected a jail of level A, got B"):
        report.raise_if_open("A")


SEEN = ("/usr/share/databoard", f"{sys.prefix}/home", f"{sys.base_prefix}/lib", str(bubblewrap.PACKAGE / "x"))


@pytest.mark.parametrize("path", SEEN)
def test_a_folder_of_the_server_that_every_run_would_see_opens_the_jail(path):
    shown = bubblewrap.shown_with(path)
    with pytest.raises(JailError, match=f"folder {re.escape(path)} .lies in {re.escape(str(shown))}, which"):
        jail.check(hidden=(Path(path),)).raise_if_open()


def test_a_folder_of_the_server_that_no_run_sees_is_closed(tmp_path):
    (tmp_path / "link").symlink_to("/usr/share")
    layers = {layer.name: layer for layer in jail.check(hidden=(tmp_path, tmp_path / "link")).layers}
    assert layers[f"folder {tmp_path}"].is_closed
    assert not layers[f"folder {tmp_path / 'link'}"].is_closed


def test_silence_is_not_safety(monkeypatch):
    monkeypatch.setattr(check, "LAYERS", ("a layer nobody answers for",))
    assert jail.check().layers[0] == Layer("a layer nobody answers for", False, "did not answer")


def test_one_open_layer_opens_the_jail():
    report = CheckReport("A", (Layer("user", True, ""), Layer("network", False, "connected")))
    assert not report.is_closed


def test_without_bubblewrap_the_line_that_installs_it_is_told(monkeypatch):
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda name: None)
    monkeypatch.setattr(bubblewrap.importlib.util, "find_spec", lambda name: None)
    bubblewrap.find_bwrap.cache_clear()
    with pytest.raises(JailError, match="sudo apt-get install -y bubblewrap"):
        jail.check()
    bubblewrap.find_bwrap.cache_clear()


def test_the_wheel_s_bubblewrap_will_do(monkeypatch):
    monkeypatch.setattr(bubblewrap, "find_bwrap", bubblewrap._bundled_bwrap)
    jail.check().raise_if_open()


def test_an_unknown_mode_is_refused():
    with pytest.raises(JailError, match="bubblewrap or none"):
        jail.check("docker")
