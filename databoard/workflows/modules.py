"""The modules of a submission, importable under their own names as on its author's machine.

``pickle``, ``multiprocessing``, ``dataclasses``, ``typing`` and ``inspect`` look the module of a class up in
``sys.modules`` by its name, and worker processes import it again by that name. So ``classifier.py`` is the module
``classifier``, and its folder is on ``sys.path``, which worker processes inherit. One submission is importable at a
time; a new fold begins with new modules, so that folds and submissions never see each other's.

Called by ``calling`` at the start of a fold, and by ``importing``. Runs inside the jail and on a participant's
machine; it reads no file but those it imports.
"""

import contextlib
import importlib
import importlib.util
import os
import sys
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
)
from pathlib import Path
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any

#: The folder of the submission that is importable now, and the names of its files that a workflow has loaded.
_folder: "Path | None" = None
_loaded: "set[str]" = set()


class _AsWritten(SourceFileLoader):
    """Executes what a file holds now, and leaves no ``__pycache__``.

    Python trusts compiled code when size and second of the source agree. A participant who changes a file twice
    within a second would test what it was before.
    """

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


_LOADERS: "tuple[Any, ...]" = ((ExtensionFileLoader, EXTENSION_SUFFIXES), (_AsWritten, SOURCE_SUFFIXES))


def begin_fold(folder: str | Path) -> None:
    """Make the modules in ``folder`` importable, and forget those of the fold before.

    Parameters
    ----------
    folder : str or Path
        With the files of the submission.
    """
    global _folder
    if _folder is not None:
        _forget(_folder)
    _folder = Path(folder).absolute()
    _loaded.clear()
    sys.path.insert(0, str(_folder))
    sys.path_importer_cache[str(_folder)] = FileFinder(str(_folder), *_LOADERS)
    importlib.invalidate_caches()
    _serve_ramp()


def load(path: Path) -> ModuleType:
    """Execute a file and return its module.

    When another file of this fold has imported it already, that module is returned; when a workflow has loaded it
    before, it is executed again, as RAMP does.

    Raises
    ------
    Exception
        Whatever executing the file raises.
    """
    if path.parent != _folder:
        begin_fold(path.parent)
    module = sys.modules.get(path.stem)
    is_first = path.name not in _loaded
    _loaded.add(path.name)
    if is_first and module is not None and getattr(module, "__file__", None) == str(path):
        return module
    spec = _spec(path.stem, path)
    module = _register(spec)
    try:
        if spec.loader is None:
            raise ImportError(f"{path.name} cannot be loaded.")
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(spec.name, None)
        raise
    return module


def _spec(name: str, path: "str | Path") -> ModuleSpec:
    """Return how to load a file; one of the submission goes by its own name, unless a library has that name."""
    path = Path(path)
    if path.parent.absolute() == _folder:
        is_taken = path.stem in sys.stdlib_module_names or _is_foreign(sys.modules.get(path.stem))
        name = f"submission_{path.stem}" if is_taken else path.stem
    loader = _AsWritten(name, str(path)) if path.suffix in SOURCE_SUFFIXES else None
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    if spec is None:
        raise ImportError(f"{path.name} is no file of Python.")
    return spec


def _register(spec: ModuleSpec) -> ModuleType:
    """Return a new module; one of the submission can be found in ``sys.modules`` while it is executed."""
    module = importlib.util.module_from_spec(spec)
    if spec.origin is not None and Path(spec.origin).parent.absolute() == _folder:
        sys.modules[spec.name] = module
    return module


def _is_foreign(module: "ModuleType | None") -> bool:
    return module is not None and (_folder is None or not _lies_in(module, _folder))


def _lies_in(module: object, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    if not (isinstance(file, str) and file.startswith(f"{folder}{os.sep}")):
        return False
    # An environment in the folder of the submission holds libraries, which cannot be loaded twice.
    return not {"site-packages", "dist-packages"} & set(Path(file).parts)


def _forget(folder: Path) -> None:
    for name, module in list(sys.modules.items()):
        if _lies_in(module, folder):
            del sys.modules[name]
    with contextlib.suppress(ValueError):
        sys.path.remove(str(folder))
    sys.path_importer_cache.pop(str(folder), None)
    # Its worker processes live on from one fold to the next and hold the modules of this one.
    loky = sys.modules.get("joblib.externals.loky.reusable_executor")
    executor = getattr(loky, "_executor", None)
    if executor is not None:
        executor.shutdown(wait=True)


def _serve_ramp() -> None:
    """Let RAMP's own loader, which registers nothing, do the same for kits that use its workflows."""
    importing = sys.modules.get("rampwf.utils.importing")
    if importing is not None and hasattr(importing, "importlib"):
        util = SimpleNamespace(spec_from_file_location=_spec, module_from_spec=_register)
        setattr(importing, "importlib", SimpleNamespace(util=util))  # noqa: B010  (a module has no such name)
