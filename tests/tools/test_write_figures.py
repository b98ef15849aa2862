"""`make bench` writes what the benchmarks print between the markers of the page, and nothing else."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.bench import write_figures

BENCH = Path(write_figures.__file__).parent
PAGE = "# Page\n\n" + "\n\n".join(
    f"## {name}\n\n<!-- figures of {name} -->\n\nold {name}\n\n<!-- end of {name} -->"
    for name in ("one", "two")
)


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page of two benchmarks; each runs a script that the test writes."""
    scripts = {name: (str(tmp_path / f"{name}.py"), "word") for name in ("one", "two")}
    monkeypatch.setattr(write_figures, "BENCHES", scripts)
    (tmp_path / "one.py").write_text("import sys; print(sys.argv[1], 'one of 2')")
    (tmp_path / "two.py").write_text("print('| a |\\n|---|\\n| 1 |')")
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    return path


def test_figures_stand_between_their_markers_with_date_machine_and_load(page):
    assert write_figures.main([], page=page) == 0
    one, two = re.findall(r"<!-- figures of \w+ -->\n\n(.*?)\n\n<!-- end of", page.read_text(), re.S)
    told = (
        r"Measured on \d{4}-\d\d-\d\d in \d+ s\. Commit \S+, \d+ processors .*Python 3.*\. Load of the .*\n\n"
    )
    assert re.fullmatch(told + r"```text\nword one of 2\n```", one)
    assert re.fullmatch(told + r"\| a \|\n\|---\|\n\| 1 \|", two)
    assert page.read_text().startswith("# Page\n\n## one\n\n<!--")


def test_one_benchmark_alone_leaves_the_others_as_they_were(page):
    assert write_figures.main(["two"], page=page) == 0
    assert "old one" in page.read_text() and "old two" not in page.read_text()


def test_a_benchmark_that_fails_keeps_its_old_figures_and_is_named(page, capfd):
    (page.parent / "one.py").write_text("print('half'); raise SystemExit(3)")
    assert write_figures.main([], page=page) == 1
    assert "old one" in page.read_text() and "old two" not in page.read_text()
    assert "one ended with exit code 3" in capfd.readouterr().err


@pytest.mark.parametrize("text", ["", "<!-- end of one --> <!-- figures of one -->", PAGE + PAGE])
def test_a_page_without_the_pair_once_is_refused(text):
    with pytest.raises(ValueError, match="Expected '<!-- figures of one -->'"):
        write_figures.with_figures(text, "one", "new")


def test_an_unknown_benchmark_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        write_figures.main(["nothing"])
    message = capsys.readouterr().err
    assert all(name in message for name in write_figures.BENCHES)


def test_every_script_has_a_place_on_the_page():
    scripts = {path.name for path in BENCH.glob("*.py") if '__name__ == "__main__"' in path.read_text()}
    assert {command[0] for command in write_figures.BENCHES.values()} == scripts - {"write_figures.py"}
    text = write_figures.PAGE.read_text("utf-8")
    for name in write_figures.BENCHES:
        assert "new figures" in write_figures.with_figures(text, name, "new figures")


def test_a_quick_trial_prints_and_leaves_the_page_as_it_is(page, monkeypatch, capsys):
    monkeypatch.setattr(write_figures, "QUICK_WORDS", {"one": ("small",)})
    assert write_figures.main(["--quick"], page=page) == 0
    assert page.read_text() == PAGE
    assert "small one of 2" in capsys.readouterr().out


#: Runs scripts as programs, one after the other in one process, and prints the help of each.
HELP = """
import contextlib, io, json, runpy, sys
found = {}
for script, words in json.loads(sys.argv[1]):
    sys.argv, text = [script, *words, "--help"], io.StringIO()
    try:
        with contextlib.redirect_stdout(text):
            runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        found[script] = text.getvalue() if end.code == 0 else f"exit {end.code}"
    except Exception as error:
        found[script] = repr(error)
print(json.dumps(found))
"""


def test_every_script_takes_the_words_of_its_smallest_form():
    trials = [write_figures.quick_command(name) for name in write_figures.BENCHES]
    words = json.dumps([(str(BENCH / command[0]), command[1:]) for command in trials])
    done = subprocess.run([sys.executable, "-c", HELP, words], capture_output=True, text=True, check=True)
    helps = json.loads(done.stdout)
    missing = {
        (command[0], word)
        for command in trials
        for word in ("usage:", *(word for word in command[1:] if word.startswith("-")))
        if word not in helps[str(BENCH / command[0])]
    }
    assert missing == set()


def test_a_quick_trial_is_of_a_benchmark():
    assert write_figures.QUICK_WORDS.keys() <= write_figures.BENCHES.keys()


def test_the_names_are_listed(capsys):
    assert write_figures.main(["--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(write_figures.BENCHES)
