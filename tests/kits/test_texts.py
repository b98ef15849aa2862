"""Every text of a kit may come from any system; what is no text is refused with file and line."""

import dataclasses

import pytest

from databoard import kits
from databoard.errors import KitError
from databoard.kits.checks.run import check

REQUIREMENTS = "numpy\n# é\nscipy==1.11\n"
ENVIRONMENT = "dependencies:\n  - python=3.11\n  - pip:\n    - numpy==1.26\n"
TEXTS = {
    "problem.py": None,
    "README.md": "# Tést\n\nTwo\nlines.\n",
    "events/small_test.toml": 'title = "Tést"\nis_public = false\n',
    "starting_kit/regressor.py": "# é\nclass Regressor:\n    pass\n",
    "external_imports/ours.py": "NAME = 'é'\n",
}
SYSTEMS = {
    "windows": lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
    "old mac": lambda text: text.replace("\n", "\r").encode(),
}
OTHERS = {
    "latin-1": (lambda text: (text + "# \xe9\n").encode("latin-1"), "got the byte 0xE9"),
    "utf-16": (lambda text: text.encode("utf-16"), "line 1: Expected UTF-8 text, got UTF-16"),
    "nul": (lambda text: text.encode() + b"\0", "got a NUL byte"),
    "zip": (lambda text: b"PK\x03\x04" + text.encode(), "got a zip archive. Unpack it and"),
}


@pytest.fixture
def written(small):
    """The small kit with every kind of text in it."""
    for name, text in TEXTS.items():
        if text is not None:
            (small / name).parent.mkdir(exist_ok=True)
            (small / name).write_text(text, encoding="utf-8")
    return small


def facts(path):
    """Everything that is read from the texts of a kit."""
    kit = kits.load(path)
    event = kits.load_event(kit, "small_test")
    known = dataclasses.replace(kit, version="", problem=None)
    return known, event, kits.event_settings(path, "small_test"), kits.starting_kit_files(path)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_kit_is_the_same_whatever_system_it_was_written_on(written, system):
    before = facts(written)
    for name in TEXTS:
        content = (written / name).read_text(encoding="utf-8")
        (written / name).write_bytes(SYSTEMS[system](content))
    kits.require_texts(written)
    assert facts(written) == before


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize(
    ("name", "text"), [("requirements.txt", REQUIREMENTS), ("environment.yml", ENVIRONMENT)]
)
def test_the_environment_is_the_same_whatever_system_it_was_written_on(small, name, text, system):
    (small / name).write_text(text, encoding="utf-8")
    before = kits.wanted_environment(small)
    (small / name).write_bytes(SYSTEMS[system](text))
    assert kits.wanted_environment(small) == before and before.lines


def use(path, name):
    """Read what the server reads of a kit when it takes it up, its environment first."""
    kits.wanted_environment(path)
    kits.require_texts(path)
    kits.load_event(kits.load(path), "small_test")


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("name", [*TEXTS, "requirements.txt", "environment.yml"])
def test_other_bytes_are_refused_with_file_and_what_to_do(written, name, kind):
    text = TEXTS.get(name) or "# plain\n"
    change, told = OTHERS[kind]
    (written / name).write_bytes(change(text.replace("é", "e")))
    with pytest.raises(KitError, match=f"small/{name}.*{told}") as caught:
        use(written, name)
    assert "0xE9" not in told or f"line {text.count(chr(10)) + 1}:" in str(caught.value)


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize(
    ("name", "severity"),
    [(name, "error") for name in TEXTS if not name.startswith("events")]
    + [("submissions/other/regressor.py", "warning")],
)
def test_the_check_names_what_is_no_text(written, name, severity, kind):
    (written / name).parent.mkdir(parents=True, exist_ok=True)
    (written / name).write_bytes(OTHERS[kind][0]("# plain\n"))
    found = [finding for finding in check(written) if finding.code == "no_text"]
    assert [(finding.file, finding.severity) for finding in found] == [(name, severity)]
    assert found[0].line == {"latin-1": 2, "utf-16": 1, "nul": 2, "zip": None}[kind]


def test_the_check_names_an_event_that_is_no_text(written):
    kit = kits.load(written)
    (written / "events" / "small_test.toml").write_bytes(b'title = "x"\r\n# \xe9\r\n')
    (finding,) = kits.check_events(kit)
    assert (finding.code, finding.where) == ("no_text", "events/small_test.toml:2")


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_mistake_in_an_event_has_its_line_on_every_system(written, system):
    text = 'title = "x"\n\ntittle = "y"\nis_public = 3\n'
    (written / "events" / "small_test.toml").write_bytes(SYSTEMS[system](text))
    assert [finding.line for finding in kits.check_events(kits.load(written))] == [3, 4]


def test_hidden_rows_are_found_in_a_download_that_is_no_utf8(tmp_path):
    from databoard.kits.checks import leaks
    from databoard.kits.checks.findings import Report

    folder = tmp_path / "kit" / "data" / "private"
    folder.mkdir(parents=True)
    rows = "name,y\nr\xe9gression,1.2345\n".encode("latin-1")
    (folder / "test.csv").write_bytes(rows)
    (folder / "train.csv").write_bytes(b"name,y\nother row,2.3456\n")
    (tmp_path / "download").mkdir()
    (tmp_path / "download" / "notes.csv").write_bytes(rows)
    report = Report(tmp_path / "kit")
    assert leaks._check_lines(report, tmp_path / "download")
    assert [finding.where for finding in report.findings] == ["notes.csv:2"]
