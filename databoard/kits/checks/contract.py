"""Check the names and parts of a ``problem.py``, and the files beside it."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

from databoard.errors import KitError
from databoard.kits.checks.findings import Report
from databoard.kits.loading import REQUIRED_NAMES, line_of_error, run_source
from databoard.kits.notebooks import find_notebook, read_notebook
from databoard.kits.starting_kit import OWN_TEST, deposited_folders, deposited_submissions, starting_kit_files

_WORKFLOW_PARTS = ("element_names", "train_submission", "test_submission")
_SCORE_PARTS = ("name", "precision", "is_lower_the_better", "minimum", "maximum", "score_function")
#: Modules of Python, and of the libraries that the server itself imports in a jail.
_TAKEN = sys.stdlib_module_names | {"databoard", "joblib", "numpy", "pandas", "rampwf", "scipy", "sklearn"}
_PURPOSES = {
    "problem_title": "a title, such as problem_title = 'Iris classification'",
    "Predictions": "such as Predictions = prediction_types.make_multiclass(label_names=[...])",
    "workflow": "such as workflow = workflows.Classifier()",
    "score_types": "such as score_types = [score_types.Accuracy(name='acc')], the official first",
    "get_cv": "a function get_cv(X, y) that returns pairs of row numbers (train_is, test_is)",
    "get_train_data": "a function get_train_data(path='.') that returns (X, y)",
    "get_test_data": "a function get_test_data(path='.') that returns (X, y)",
}


def check_import_names(report: Report) -> bool:
    """Check that no module of the kit takes such a place; return whether the kit can be executed."""
    folder = report.path / "external_imports"
    for path in sorted(folder.iterdir() if folder.is_dir() else ()):
        if path.stem in _TAKEN and (path.suffix == ".py" or path.is_dir()):
            report.error(
                "name_taken",
                f"Expected names of modules that no library has, got {path.name}: external_imports/ comes first on "
                f"Python's path, so all that imports {path.stem} would get the kit's.",
                f"Rename it, to my_{path.name} for example, also where it is imported.",
                file=f"external_imports/{path.name}",
            )
    return not report.has("name_taken")


def executed(report: Report) -> ModuleType | None:
    """Return the module, or ``None`` when it raises or lacks a name of the contract."""
    try:
        module = run_source(report.path)
    except (Exception, SystemExit) as error:
        report.error(
            "problem_raises",
            f"Expected problem.py to be executed, got {type(error).__name__}: {error}.",
            "Fix that line; python problem.py shows the same.",
            line=line_of_error(report.path, error),
        )
        return None
    for name in REQUIRED_NAMES:
        if not hasattr(module, name):
            report.error(
                "name_missing",
                f"Expected problem.py to define {name}, it does not.",
                f"Add {_PURPOSES[name]}.",
            )
    return module if all(hasattr(module, name) for name in REQUIRED_NAMES) else None


def check_parts(report: Report, problem: ModuleType) -> None:
    """Check the workflow, the score types and the functions that are there."""
    for name in _WORKFLOW_PARTS:
        if not hasattr(problem.workflow, name):
            report.error(
                "workflow_wrong",
                f"Expected a workflow with {', '.join(_WORKFLOW_PARTS)}; it has no {name}.",
                "Use one of databoard.workflows, and call it: workflows.Classifier().",
                line=report.source.line("workflow"),
            )
    for name in ("get_cv", "get_train_data", "get_test_data"):
        if not callable(getattr(problem, name)):
            report.error(
                "not_a_function",
                f"Expected {name} to be a function, got {type(getattr(problem, name)).__name__}.",
                f"Add {_PURPOSES[name]}.",
                line=report.source.line(name),
            )
    _check_score_types(report, problem)


def _check_score_types(report: Report, problem: ModuleType) -> None:
    line = report.source.line("score_types")
    if not isinstance(problem.score_types, (list, tuple)) or not problem.score_types:
        report.error(
            "scores_missing",
            f"Expected score_types to be a list of at least one score type, got {problem.score_types!r}.",
            "List the score types, the official first.",
            line=line,
        )
        return
    names = []
    for number, score_type in enumerate(problem.score_types):
        line = report.source.element_line("score_types", number)
        lacks = [part for part in _SCORE_PARTS if not hasattr(score_type, part)]
        if isinstance(score_type, type) or lacks:
            got = f"the class {score_type.__name__}" if isinstance(score_type, type) else repr(score_type)
            report.error(
                "score_incomplete",
                f"Expected a score type with {', '.join(_SCORE_PARTS)}; got {got}, which lacks "
                f"{', '.join(lacks) or 'a value: it is not called'}.",
                "Add what it lacks; a class has to be called: Accuracy().",
                line=line,
            )
        elif score_type.name in names:
            report.error(
                "score_name_twice",
                f"Expected every score type to have a name of its own, got {score_type.name!r} twice.",
                f"Give this one another: name='{score_type.name}_2'.",
                line=line,
            )
        names.append(getattr(score_type, "name", None))


def check_element_names(report: Report, problem: ModuleType) -> bool:
    """Check that no file of a submission takes the place of a module that Python and libraries import; return so."""
    names = [name for name in problem.workflow.element_names if "." not in name or name.endswith(".py")]
    for name in names:
        stem = name.partition(".")[0]
        if stem in _TAKEN:
            report.error(
                "name_taken",
                f"Expected names of elements that no library has, got {name}: the folder of a submission comes first "
                f"on Python's path, so all that imports {stem} would get the submission's file.",
                f"Give the element another name, such as my_{stem}.",
                line=report.source.line("workflow"),
            )
    return not report.has("name_taken")


def check_files(report: Report, problem: ModuleType) -> None:
    """Check what participants read, and that the submissions of the kit have one file of each workflow element."""
    _check_pages(report)
    wanted = [f"{name}" if "." in name else f"{name}.py" for name in problem.workflow.element_names]
    line = report.source.line("workflow")
    try:
        files = starting_kit_files(report.path)
    except KitError:
        if report.has("no_text"):  # and said to be none
            return
        report.error(
            "starting_kit_missing",
            f"Expected starting_kit/ with {', '.join(wanted)}, the workflow's elements; there are no files.",
            "Put one file of each there.",
            file="starting_kit/",
        )
        return
    folder = "starting_kit" if (report.path / "starting_kit").is_dir() else "submissions/starting_kit"
    _compare(report, wanted, files, folder, line, report.error)
    folders = deposited_folders(report.path)
    for name, deposited in deposited_submissions(report.path).items():
        if name != "starting_kit":
            folder = folders[name].relative_to(report.path).as_posix()
            _compare(report, wanted, deposited, folder, line, report.warning)


def _check_pages(report: Report) -> None:
    """Check that the kit has a description, and that its notebook can be shown."""
    if not (report.path / "README.md").is_file():
        report.warning(
            "readme_missing",
            "Expected a README.md, the page that participants read; there is none.",
            "Write README.md: the data, what to write, how it is scored.",
            file="README.md",
        )
    try:
        read_notebook(report.path)
    except KitError as error:
        file = find_notebook(report.path)
        report.error(
            "notebook_wrong",
            f"Expected the notebook to be one that its page can show: {error}",
            "Save it again with Jupyter, or remove the file.",
            file=file.name if file else "",
        )


def _compare(
    report: Report,
    wanted: list[str],
    files: Iterable[str],
    folder: str,
    line: int | None,
    found: Callable[..., None],
) -> None:
    lacks = [name for name in wanted if name not in files]
    extra = [name for name in files if name not in {*wanted, OWN_TEST} and Path(name).suffix == ".py"]
    if lacks:
        found(
            "element_missing",
            f"The workflow of problem.py:{line or '?'} takes {', '.join(wanted)}; expected them in {folder}/, "
            f"got {', '.join(files) or 'none'}.",
            f"Add {', '.join(lacks)}, or correct the element names of the workflow.",
            file=f"{folder}/{lacks[0]}",
        )
    for name in extra:
        report.warning(
            "element_extra",
            f"The workflow of problem.py:{line or '?'} takes {', '.join(wanted)}; {name} is none of them, and no "
            "team will find it.",
            "Remove or rename it; code that all submissions share belongs into external_imports/.",
            file=f"{folder}/{name}",
        )
