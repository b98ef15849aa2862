"""Show which layer of the inner wall stops which attack: run the gallery with each layer left out in turn.

    python tools/jail_layers.py            prints a table in Markdown, for docs/security.md

A case counts as stopped by a layer when it ends as expected with all layers and not without that one. An attack that
several layers stop appears nowhere: it needs two of them to fail. Takes some minutes; needs what the tests need.
"""

import functools
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "gallery")]

import conftest as gallery  # noqa: E402
import test_gallery as cases  # noqa: E402

from databoard import kits  # noqa: E402
from databoard.errors import JailError  # noqa: E402
from databoard.jail import Zygote  # noqa: E402
from databoard.runner import Runner, TrainingTask, warm_jails  # noqa: E402

SINGLE_USE = "inner wall"
LAYERS = {
    "net": "network namespace",
    "ipc": "IPC namespace",
    "uts": "host-name namespace",
    "mounts": "private `/tmp`, `/dev/shm`, `/proc`, read-only kit",
    "capabilities": "no capabilities",
    "limits": "kernel's limits of a process",
    "landlock": "Landlock",
    "filter": "inner system-call filter",
    SINGLE_USE: "a cell within a warm jail (level B: a jail for each fold)",
}


def main() -> None:
    """Run everything and print the table."""
    hostile = [case for case in cases.CASES if not case.startswith("honest")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "iris"
        gallery.shutil.copytree(
            ROOT / "problems" / "iris", path, ignore=gallery.shutil.ignore_patterns("data", "__pycache__")
        )
        kits.prepare(path)
        problems = {"iris": kits.load(path), "small": kits.load(ROOT / "tests" / "gallery" / "small_kit")}
        broken = {name: escapes(name, hostile, problems, Path(folder)) for name in ("", *LAYERS)}
    print("| without | these attacks of the gallery get further |\n|---|---|")
    for name, title in LAYERS.items():
        found = [f"`{case}`" for case in broken[name] if case not in broken[""]]
        print(f"| {title} | {', '.join(found) or 'none: other layers stop them too'} |")
    print(
        f"\n{len(hostile)} hostile or broken cases; with every layer {len(broken[''])} do not end as expected."
    )


def escapes(layer: str, hostile: list[str], problems: dict, folder: Path) -> list[str]:
    """Return the cases that do not end as expected without one layer."""
    warm_jails.Zygote = (
        _no_zygote if layer == SINGLE_USE else functools.partial(Zygote, off=(layer,) if layer else ())
    )
    os.environ["DATABOARD_SECRET_KEY"] = "a-secret-key"  # noqa: S105 (bait)
    with Runner(
        home=folder / f"home-{layer.replace(' ', '-')}", jail_mode="bubblewrap", n_parallel=2
    ) as runner:
        return [case for case in hostile if not ends_as_expected(case, runner, problems)]


def _no_zygote(*_, **__):
    raise JailError("left out")


def ends_as_expected(case: str, runner: Runner, problems: dict) -> bool:
    files, expected = cases.read(case)
    kit = problems[expected.get("kit", "iris")]
    limits = gallery.limits_of(**{name: expected[name] for name in cases.LIMITS if name in expected})
    scores = tuple((score.name, score.name) for score in kit.score_types)
    folds = kits.folds(kit)[: expected.get("n_folds", 1)]
    task = TrainingTask(kit.path, kit.version, folds, files, limits, scores, scores[0][0])
    try:
        for _ in range(expected.get("n_runs", 1)):
            for fold, run in zip(folds, runner.train_test(task), strict=True):
                cases.check_words(run, expected, ())
                cases.check_accuracy(kit, fold, run, expected)
    except Exception as error:
        print(f"{case}: {type(error).__name__}: {str(error).splitlines()[0][:100]}", file=sys.stderr)
        return False
    return "survivor" not in expected or not cases.is_alive(expected["survivor"])


if __name__ == "__main__":
    main()
