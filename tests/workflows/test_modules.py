"""Modules of submissions: importable under their own names, and only while their fold runs."""

import importlib.util
import os
import pickle
import py_compile
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from databoard.workflows import calling, modules

COUNTING = "n_fits = 0\n\ndef fit():\n    global n_fits\n    n_fits += 1\n    return n_fits\n"


@pytest.fixture(autouse=True)
def clean_modules(tmp_path):
    yield
    modules.begin_fold(tmp_path)


def write(folder, **sources):
    folder.mkdir(exist_ok=True)
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)
    return folder


class Workflow:
    """What a kit brings, as little as there can be: the model is what the file's ``fit`` returns."""

    element_names = ("classifier",)

    def train_submission(self, folder, X, y, train_is):
        return modules.load(Path(folder) / "classifier.py").fit()


def test_a_module_goes_by_its_own_name_and_its_objects_can_be_pickled(tmp_path):
    folder = write(tmp_path / "one", classifier="class Net:\n    pass\n")
    module = modules.load(folder / "classifier.py")
    assert module.__name__ == "classifier" and sys.modules["classifier"] is module
    assert type(pickle.loads(pickle.dumps(module.Net()))) is module.Net


def test_files_are_executed_as_they_are_whatever_was_compiled(tmp_path):
    folder = write(
        tmp_path / "one", classifier="from words import title\nown = 'older'\n", words="title = 'older'\n"
    )
    for file in folder.glob("*.py"):
        py_compile.compile(str(file))
        stat = file.stat()
        file.write_text(file.read_text().replace("older", "newer"))
        os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # neither size nor time tells
    module = modules.load(folder / "classifier.py")
    assert (module.own, module.title) == ("newer", "newer")


def test_loading_writes_nothing_beside_the_files(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    folder = write(tmp_path / "one", classifier="import words\n", words="")
    modules.load(folder / "classifier.py")
    assert list(folder.rglob("__pycache__")) == []


def test_an_element_imports_another(tmp_path):
    folder = write(
        tmp_path / "one", classifier="import shared\nfrom extractor import f\n", extractor="f = 1\n"
    )
    write(folder, shared="g = 2\n")
    module = modules.load(folder / "classifier.py")
    assert module.f is modules.load(folder / "extractor.py").f and module.shared.g == 2
    assert module.shared is sys.modules["shared"]


def test_every_fold_begins_with_new_modules(tmp_path):
    folder = write(tmp_path / "one", classifier=COUNTING)
    assert [calling.train(Workflow(), folder, None, None, None) for _ in range(2)] == [1, 1]


def test_a_workflow_that_loads_a_file_twice_executes_it_twice(tmp_path):
    folder = write(tmp_path / "one", classifier=COUNTING)
    first, second = (modules.load(folder / "classifier.py") for _ in range(2))
    assert first is not second and sys.modules["classifier"] is second


def test_nothing_of_a_submission_is_left_for_the_next(tmp_path):
    modules.load(write(tmp_path / "one", classifier="import only_here\n", only_here="") / "classifier.py")
    modules.load(write(tmp_path / "two", classifier="one = 1\n") / "classifier.py")
    assert sys.modules["classifier"].one == 1 and "only_here" not in sys.modules
    assert str(tmp_path / "one") not in sys.path and sys.path[0] == str(tmp_path / "two")
    with pytest.raises(ModuleNotFoundError):
        modules.load(write(tmp_path / "three", classifier="import only_here\n") / "classifier.py")


def test_a_module_that_fails_leaves_its_name_free(tmp_path):
    with pytest.raises(ZeroDivisionError):
        modules.load(write(tmp_path / "one", classifier="1 / 0\n") / "classifier.py")
    assert "classifier" not in sys.modules


@pytest.mark.parametrize("name", ["random", "sklearn", "statistics"])
def test_a_library_keeps_its_name(tmp_path, name):
    library = importlib.import_module(name)
    module = modules.load(write(tmp_path / "one", **{name: "mine = 1\n"}) / f"{name}.py")
    assert module.mine == 1 and sys.modules[name] is library
    assert sys.modules[module.__name__] is module


def test_worker_processes_of_one_fold_do_not_serve_the_next(tmp_path, monkeypatch):
    ended = []
    executor = SimpleNamespace(shutdown=lambda wait: ended.append(wait))
    loky = SimpleNamespace(_executor=executor)
    modules.begin_fold(write(tmp_path / "one", classifier=""))
    monkeypatch.setitem(sys.modules, "joblib.externals.loky.reusable_executor", loky)
    modules.begin_fold(tmp_path / "one")
    assert ended == [True]


def test_what_ramps_own_loader_loads_is_registered_too(tmp_path, monkeypatch):
    ramp = ModuleType("rampwf.utils.importing")
    # The steps of ramp-workflow's function, which registers nothing.
    exec(
        "import importlib\n"
        "def import_module_from_source(source, name):\n"
        "    spec = importlib.util.spec_from_file_location(name, source)\n"
        "    module = importlib.util.module_from_spec(spec)\n"
        "    spec.loader.exec_module(module)\n"
        "    return module\n",
        vars(ramp),
    )
    monkeypatch.setitem(sys.modules, "rampwf.utils.importing", ramp)
    folder = write(tmp_path / "one", classifier="class Net:\n    pass\n")
    modules.begin_fold(folder)
    module = ramp.import_module_from_source(str(folder / "classifier.py"), "one.two.classifier")
    assert sys.modules["classifier"] is module
    assert type(pickle.loads(pickle.dumps(module.Net()))) is module.Net
    other = write(tmp_path / "elsewhere", problem="x = 1\n") / "problem.py"
    assert ramp.import_module_from_source(str(other), "problem_of_ramp").x == 1
    assert "problem_of_ramp" not in sys.modules
