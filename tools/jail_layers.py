"""Show which layer of the inner wall stops which attack: run the gallery with each layer left out in turn.

    python tools/jail_layers.py                      the whole table, in Markdown, for docs/security.md
    python tools/jail_layers.py --layers net ipc --cases fork_bomb daemon

A case counts for a layer when it ends as expected with all layers and, twice, not without that one, the second
time in jails that no other attack has been in. An attack that several layers stop appears nowhere: two must fail.

**Bombs stay in their boxes.** What hogs memory, processes or processors (:data:`BOMBS`) is never set off without
the kernel's limits, and for the rest the supervisor's watchdog counts as ever. Beneath all this program takes a
limit of processes that its jails inherit (:data:`FLOOR_PROCESSES`). The whole table takes half an hour on two cores.
"""

import argparse
import contextlib
import functools
import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Self
from unittest import mock

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from databoard import kits  # noqa: E402
from databoard.errors import JailError  # noqa: E402
from databoard.jail import Zygote  # noqa: E402
from databoard.runner import Runner, TrainingTask, warm_jails  # noqa: E402
from tests.gallery import conftest as gallery  # noqa: E402
from tests.gallery import test_gallery as cases  # noqa: E402
from tools import bwrap_without_nesting  # noqa: E402

LIMITS, NESTING, SINGLE_USE, NOTHING = "limits", "nesting", "cells", ""
#: What can be left out, and what the table calls it.
LAYERS = {
    "net": "network namespace",
    "ipc": "IPC namespace",
    "uts": "host-name namespace",
    "mounts": "private `/tmp`, `/dev/shm`, `/proc`, read-only kit and devices",
    "capabilities": "dropping of capabilities",
    LIMITS: "the kernel's limits of a process",
    "landlock": "Landlock",
    "filter": "inner system-call filter",
    NESTING: "nested user namespaces (level B: by a zygote that holds capabilities)",
    SINGLE_USE: "cells in a warm jail (single use: a jail for each fold)",
}
#: Cases that could harm the machine where only the watchdog bounds them, by what their `expect.toml` says of limits.
_BOMB_CODES, _BOMB_LIMITS = (
    {"out_of_memory", "too_many_processes"},
    {"memory_mib", "max_processes", "cpu_time_s"},
)
FLOOR_PROCESSES = 1024

#: Tells whether a case ends as expected without a layer; asked again, in jails of its own.
Trial = Callable[[str, str], bool]


def is_bomb(case: str) -> bool:
    """Return whether this case of the gallery hogs memory, processes or processors."""
    _, expected = cases.read(case)
    return expected.get("code") in _BOMB_CODES or bool(_BOMB_LIMITS & set(expected))


HOSTILE = tuple(case for case in cases.CASES if not case.startswith("honest"))
BOMBS = frozenset(filter(is_bomb, HOSTILE))


@dataclass(frozen=True)
class Row:
    """What leaving one layer out did.

    Attributes
    ----------
    further : tuple of str
        Cases that end as expected with this layer, and not without.
    unset : tuple of str
        Bombs that were not set off.
    unclear : tuple of str
        Cases that do not end as expected with all layers either: they tell nothing of this one.
    """

    layer: str
    further: tuple[str, ...]
    unset: tuple[str, ...]
    unclear: tuple[str, ...]


def main(words: list[str] | None = None) -> None:
    """Run what the command line names and print the table."""
    options = _options(words)
    lay_floor()
    with Trials() as trials:
        whole = functools.cache(trials.again)
        rows = [
            row_of(layer, options.cases, trials.first(layer), trials.again, whole) for layer in options.layers
        ]
    print("\n".join(table(rows, len(options.cases))))


def row_of(layer: str, chosen: Iterable[str], first: Trial, again: Trial, whole: Trial) -> Row:
    """Return what gets further without one layer.

    Parameters
    ----------
    first, again : Trial
        The first try of a case without the layer, and a second one in fresh jails.
    whole : Trial
        The same case with all layers; asked only of those that failed twice.
    """
    unset = [case for case in chosen if layer == LIMITS and case in BOMBS]
    further: list[str] = []
    unclear: list[str] = []
    for case in chosen:
        if case in unset or first(case, layer) or again(case, layer):
            continue
        (further if whole(case, NOTHING) else unclear).append(case)
    return Row(layer, tuple(further), tuple(unset), tuple(unclear))


def table(rows: list[Row], n_cases: int) -> list[str]:
    """Return the lines of the table in Markdown, and under it what was not tried."""
    lines = ["| without | these get further |", "|---|---|"]
    for row in rows:
        found = ", ".join(f"`{case}`" for case in row.further) or "none"
        lines.append(f"| {LAYERS[row.layer]} | {found}{'; bombs not set off' if row.unset else ''} |")
    lines += ["", f"{n_cases} hostile or broken cases."]
    for name, told in (("unset", "Not set off"), ("unclear", "Not as expected with all layers either")):
        named = sorted({case for row in rows for case in getattr(row, name)})
        if named:
            lines.append(f"{told}: {', '.join(f'`{case}`' for case in named)}.")
    return lines


class Trials:
    """Runs cases in jails with a layer left out; holds the kits, a folder, and the jails of the layer in hand."""

    def __init__(self) -> None:
        self._stack, self._shared = contextlib.ExitStack(), contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        path = self._folder / "iris"
        ignored = shutil.ignore_patterns("data", "__pycache__")
        shutil.copytree(ROOT / "problems" / "iris", path, ignore=ignored)
        kits.prepare(path)
        self.kits = {"iris": kits.load(path), "small": kits.load(ROOT / "tests" / "gallery" / "small_kit")}
        os.environ["DATABOARD_SECRET_KEY"] = "a-secret-key"  # noqa: S105 (bait)
        return self

    def __exit__(self, *_: object) -> None:
        self._shared.close()
        self._stack.close()
        del os.environ["DATABOARD_SECRET_KEY"]

    def first(self, layer: str) -> Trial:
        """Return the trial that shares its warm jails among all cases of one layer."""
        self._shared.close()
        runner = self._shared.enter_context(self.runner(layer))
        return functools.partial(self._is_as_expected, runner)

    def again(self, case: str, layer: str) -> bool:
        """Try a case in jails of its own."""
        with self.runner(layer) as runner:
            return self._is_as_expected(runner, case, layer)

    def task_of(self, case: str) -> TrainingTask:
        """Return a case as a task for a runner."""
        files, expected = cases.read(case)
        kit = self.kits[expected.get("kit", "iris")]
        limits = gallery.limits_of(**{name: expected[name] for name in cases.LIMITS if name in expected})
        scores = tuple((score.name, score.name) for score in kit.score_types)
        folds = kits.folds(kit)[: expected.get("n_folds", 1)]
        return TrainingTask(kit.path, kit.version, folds, files, limits, scores, scores[0][0])

    @contextlib.contextmanager
    def runner(self, layer: str) -> Iterator[Runner]:
        """Hold a runner whose jails lack a layer."""
        home = Path(tempfile.mkdtemp(dir=self._folder))
        with _zygote_without(layer), Runner(home=home, jail_mode="bubblewrap", n_parallel=2) as runner:
            yield runner

    def _is_as_expected(self, runner: Runner, case: str, layer: str) -> bool:
        refuse_bomb(case, layer)
        task, (_, expected) = self.task_of(case), cases.read(case)
        try:
            for _ in range(expected.get("n_runs", 1)):
                for fold, run in zip(task.folds, runner.train_test(task), strict=True):
                    cases.check_words(run, expected, ())
                    cases.check_accuracy(self.kits[expected.get("kit", "iris")], fold, run, expected)
        except Exception as error:
            line = (str(error).splitlines() or [""])[0][:100]
            print(f"without {layer or 'nothing'}: {case}: {type(error).__name__}: {line}", file=sys.stderr)
            return False
        return "survivor" not in expected or not cases.is_alive(expected["survivor"])


def refuse_bomb(case: str, layer: str) -> None:
    """Raise :class:`JailError` before a bomb goes off without the kernel's limits."""
    if layer == LIMITS and case in BOMBS:
        raise JailError(f"{case} is never run without the kernel's limits: it can take the machine down.")


@contextlib.contextmanager
def _zygote_without(layer: str) -> Iterator[None]:
    """Let every zygote that starts meanwhile leave one layer out of its cells."""
    if layer == NESTING:
        with bwrap_without_nesting.refused():
            yield
        return
    off = (layer,) if layer else ()
    left_out = _no_zygote if layer == SINGLE_USE else functools.partial(Zygote, off=off)
    with mock.patch.object(warm_jails, "Zygote", left_out):
        yield


def _no_zygote(*_: object, **__: object) -> NoReturn:
    raise JailError("left out")


def lay_floor() -> None:
    """Limit the processes of every jail for good, whatever is left out of it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    floor = min(FLOOR_PROCESSES, *(n for n in (soft, hard) if n != resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_NPROC, (floor, floor))


def _options(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", nargs="+", choices=LAYERS, default=list(LAYERS), metavar="LAYER",
                        help=f"what to leave out in turn: {' '.join(LAYERS)}")  # fmt: skip
    parser.add_argument("--cases", nargs="+", choices=HOSTILE, default=list(HOSTILE), metavar="CASE",
                        help="folders of tests/gallery, all hostile ones by default")  # fmt: skip
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
