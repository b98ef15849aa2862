"""Find kits by name and load one: execute ``problem.py`` (trusted) and check that it keeps the contract."""

import hashlib
import importlib.util
import re
import sys
import traceback
from importlib.abc import PathEntryFinder
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from databoard.errors import KitError, NotFound
from databoard.kits.code_files import code_files
from databoard.kits.kit import ElementFacts, Kit, ScoreTypeFacts
from databoard.kits.texts import CONDA, PROBLEM, README, REQUIREMENTS, TEXT_EXTENSIONS, read_text

REQUIRED_NAMES = (
    "problem_title",
    "Predictions",
    "workflow",
    "score_types",
    "get_cv",
    "get_train_data",
    "get_test_data",
)
#: What a leaderboard may show and rank by; the first when ``leaderboard_score_kind`` is not there.
SCORE_KINDS = ("bag", "mean")
#: The name of an executed ``problem.py``. In the scorer and in the jail it is the same, so that objects of its
#: classes can be carried from one to the other; of several kits in a process it is that of the last.
_MODULE = "databoard_problem"
_folders_as_written: "set[Path]" = set()
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def names(problems_dir: str | Path) -> tuple[str, ...]:
    """Return the names of the kits in ``problems_dir``, sorted; executes nothing."""
    folder = Path(problems_dir)
    if not folder.is_dir():
        return ()
    return tuple(sorted(p.name for p in folder.iterdir() if is_name(p.name) and is_kit(p)))


def find(problems_dir: str | Path, name: str) -> Kit:
    """Load the kit ``name``.

    Raises
    ------
    NotFound
        If there is no such kit.
    KitError
        If it breaks the contract.
    """
    return load(kit_path(problems_dir, name))


def load(path: str | Path) -> Kit:
    """Execute the ``problem.py`` of a kit and return what it defines.

    Works before the data are prepared; ``version`` then changes with them.

    Raises
    ------
    KitError
        If ``problem.py`` is missing, raises, or lacks a part of the contract.
    """
    path = Path(path).resolve()
    from databoard.scoring.prediction_types import form_of, label_names_of

    problem = execute(path)
    return Kit(
        name=path.name,
        path=path,
        version=version_of(path),
        title=str(problem.problem_title),
        readme=_readme(path),
        workflow_name=getattr(problem.workflow, "name", snake_case(type(problem.workflow).__name__)),
        elements=tuple(_element(name) for name in problem.workflow.element_names),
        score_types=tuple(_score_type(path, score_type) for score_type in problem.score_types),
        prediction_columns=sum(form_of(problem.Predictions).row_shape) or 1,
        label_names=label_names_of(problem.Predictions),
        score_kind=getattr(problem, "leaderboard_score_kind", SCORE_KINDS[0]),
        problem=problem,
    )


def kit_path(problems_dir: str | Path, name: str) -> Path:
    """Return the folder of the kit ``name``; :class:`NotFound` names those that exist."""
    if not is_name(name) or not is_kit(Path(problems_dir) / name):
        there = ", ".join(names(problems_dir)) or "none"
        raise NotFound(f"There is no problem {name!r} with a problem.py. The problems here: {there}.")
    return Path(problems_dir) / name


def is_name(text: str) -> bool:
    """Tell whether a problem may be called so."""
    return _NAME.fullmatch(text) is not None


def is_kit(path: str | Path) -> bool:
    """Tell whether a folder holds a ``problem.py``."""
    return (Path(path) / "problem.py").is_file()


def execute(path: str | Path) -> ModuleType:
    """Execute ``problem.py`` as a module of its own and check the names that the contract requires."""
    path = Path(path).resolve()
    if not is_kit(path):
        raise KitError(f"{path.name}/problem.py is missing. Every kit needs one; copy that of another kit.")
    read_text(path, PROBLEM)  # Python's own words for other bytes name no line
    try:
        module = run_source(path)
    except Exception as error:  # the kit raises what it likes
        raise kit_error(path, error) from error
    missing = [name for name in REQUIRED_NAMES if not hasattr(module, name)]
    if missing:
        raise KitError(f"{path.name}/problem.py does not define {', '.join(missing)}. Add what is missing.")
    _check_parts(path, module)
    return module


def run_source(path: str | Path) -> ModuleType:
    """Execute ``problem.py`` as a module of its own; whatever it raises passes."""
    path = Path(path).resolve()
    loader = _AsWritten(_MODULE, str(path / PROBLEM))
    spec = importlib.util.spec_from_file_location(_MODULE, path / PROBLEM, loader=loader)
    if spec is None:
        raise ImportError(f"{path.name}/problem.py cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    _import_as_written(path)
    _put_on_import_path(path / "external_imports")
    sys.modules[_MODULE] = module
    loader.exec_module(module)
    return module


class _AsWritten(SourceFileLoader):
    """Executes what a file holds now, and leaves no ``__pycache__``.

    Python trusts compiled code when size and second of the source agree: a kit that was changed twice within a second
    would be executed as it was before, while its version is that of the new files.
    """

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _import_as_written(folder: Path) -> None:
    """Let all modules below a kit's folder be executed as they are written; an environment there holds libraries."""
    if folder in _folders_as_written:
        return
    finder_of = FileFinder.path_hook((ExtensionFileLoader, EXTENSION_SUFFIXES), (_AsWritten, SOURCE_SUFFIXES))

    def is_of_kit(entry: str) -> bool:
        parents = (Path(entry), *Path(entry).parents)
        return folder in parents and Path(sys.prefix) not in parents

    def hook(entry: str) -> PathEntryFinder:
        if not is_of_kit(entry):
            raise ImportError(f"{entry} is no folder of the kit.", path=entry)
        return finder_of(entry)

    sys.path_hooks.insert(0, hook)
    for entry in filter(is_of_kit, list(sys.path_importer_cache)):
        del sys.path_importer_cache[entry]
    _folders_as_written.add(folder)


def line_of_error(path: str | Path, error: BaseException) -> "int | None":
    """Return in which line of the kit's ``problem.py`` an exception arose, ``None`` when outside of it."""
    source = str(Path(path) / "problem.py")
    if isinstance(error, SyntaxError) and error.filename == source:
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == source]
    return lines[-1] if lines else None


def kit_error(path: str | Path, error: BaseException, advice: str = "Fix it there.") -> KitError:
    """Return a :class:`KitError` that says in which line of the kit's ``problem.py`` an exception arose."""
    line = line_of_error(path, error)
    where = f", line {line}" if line else ""
    return KitError(f"{Path(path).name}/problem.py{where}: {type(error).__name__}: {error}. {advice}")


def version_of(path: str | Path) -> str:
    """Return the SHA-256 of all that the results of a kit depend on, in hexadecimal."""
    path = Path(path)
    digest = hashlib.sha256()
    for file in _files_of(path):
        digest.update(f"{file.relative_to(path).as_posix()}\0{file.stat().st_size}\0".encode())
        digest.update(_sha256(file))
    return digest.hexdigest()


def stamp_of(path: str | Path) -> tuple[object, ...]:
    """Return what changes, as far as the file system tells, when :func:`version_of` does; cheap."""
    stats = [(file, file.stat()) for file in _files_of(Path(path))]
    return tuple(
        (file, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) for file, stat in stats
    )


def _files_of(path: Path) -> list[Path]:
    files = [path / name for name in ("problem.py", REQUIREMENTS, CONDA) if (path / name).is_file()]
    for folder in (path / "external_imports", path / "data"):
        files += sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    files += [file for file in code_files(path) if file not in files and file.is_file()]
    return [file for file in files if not file.relative_to(path).as_posix().startswith("data/raw/")]


def _sha256(file: Path) -> bytes:
    digest = hashlib.sha256()
    with open(file, "rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.digest()


def snake_case(name: str) -> str:
    """Return ``NegativeLogLikelihood`` as ``negative_log_likelihood``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _check_parts(path: Path, problem: ModuleType) -> None:
    if not problem.score_types:
        raise KitError(
            f"{path.name}/problem.py: score_types is empty. List at least one, the official first."
        )
    shown = [score_type.name for score_type in problem.score_types]
    if len(set(shown)) < len(shown):
        raise KitError(
            f"{path.name}/problem.py: score_types has names twice: {', '.join(shown)}. Rename one."
        )
    kind = getattr(problem, "leaderboard_score_kind", SCORE_KINDS[0])
    if kind not in SCORE_KINDS:
        raise KitError(
            f"{path.name}/problem.py: leaderboard_score_kind is {kind!r}. Expected {' or '.join(SCORE_KINDS)}."
        )
    for name in ("element_names", "train_submission", "test_submission"):
        if not hasattr(problem.workflow, name):
            raise KitError(f"{path.name}/problem.py: workflow has no {name}. Use one of databoard.workflows.")


def _element(element_name: str) -> ElementFacts:
    name, _, extension = element_name.partition(".")
    extension = extension or "py"
    kinds = {"py": "code"} | dict.fromkeys(TEXT_EXTENSIONS, "text")
    return ElementFacts(name, extension, type_name=name, file_type=kinds.get(extension, "data"))


def _score_type(path: Path, score_type: Any) -> ScoreTypeFacts:
    try:
        return ScoreTypeFacts(
            name=score_type.name,
            type_name=_registered_name(score_type),
            is_lower_the_better=bool(score_type.is_lower_the_better),
            minimum=float(score_type.minimum),
            maximum=float(score_type.maximum),
            precision=int(score_type.precision),
        )
    except AttributeError as error:
        raise KitError(
            f"{path.name}/problem.py: score type {type(score_type).__name__} lacks {error.name}. "
            "A score type needs name, precision, is_lower_the_better, minimum and maximum."
        ) from error


def _registered_name(score_type: Any) -> str:
    """Return the name of a score type on a server."""
    from databoard.scoring.score_types import type_name

    name = type_name(score_type)
    while name is None and hasattr(score_type, "score_type"):  # of one part: what scores that part
        score_type = score_type.score_type
    return name or snake_case(type(score_type).__name__)


def _readme(path: Path) -> str:
    return read_text(path, README) if (path / README).is_file() else ""


def _put_on_import_path(folder: Path) -> None:
    # RAMP's convention. It stays importable, because get_train_data may import from it later.
    if folder.is_dir() and str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
