"""Laws of the files around the code: what they name exists, and every check runs the same tools."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDES = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/architecture.md",
    "docs/performance.md",
    "docs/security.md",
]
ADRS = sorted((ROOT / "docs/adr").glob("*.md"))
#: What a guide calls `scoring/folds.py` lies in the package.
FOLDERS = (ROOT, ROOT / "databoard")
#: A path in backticks: a folder that ends in /, or a file below one.
PATH = re.compile(r"`((?:[\w.-]+/)+(?:[\w.-]+\.\w+)?)[`:]")
#: Made by `make`, or a part of a kit.
MADE = (".venv/", "var/", "external_imports/", "data/")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def programs(text):
    """Return the programs of `.venv/bin` that a text runs."""
    return set(re.findall(r"(?:\.venv/bin|\$\(BIN\))/([\w-]+)", text))


def linters():
    (recipe,) = re.findall(r"^lint:.*\n((?:\t.*\n)+)", read("Makefile"), re.M)
    return programs(recipe)


@pytest.mark.parametrize("name", [*GUIDES, *(path.relative_to(ROOT).as_posix() for path in ADRS)])
def test_every_path_that_a_guide_names_exists(name):
    named = [path for path in PATH.findall(read(name)) if not path.startswith(MADE)]
    assert [path for path in named if not any((folder / path).exists() for folder in FOLDERS)] == []


def test_contributing_names_files_to_copy_for_every_kind_of_change():
    parts = re.split(r"^## Add (.*)\n", read("CONTRIBUTING.md"), flags=re.M)[1:]
    n_paths = {kind: len(PATH.findall(text)) for kind, text in zip(parts[::2], parts[1::2], strict=True)}
    kinds = ["a score type", "a workflow", "a page", "a fab task", "a setting", "a migration"]
    assert list(n_paths) == kinds
    assert min(n_paths.values()) >= 3


def anchors(name):
    """Return the anchors that the headings of a Markdown file get."""
    headings = re.findall(r"^#+ (.*)", re.sub(r"^```.*?^```", "", read(name), flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_between_files_leads_to_a_file_and_a_heading():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [
        (page, target, anchor)
        for page in pages
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)]*)\)", page.read_text("utf-8"))
    ]
    assert len(links) > 30
    lost = [
        f"{page.relative_to(ROOT)}: {target}#{anchor}"
        for page, target, anchor in links
        if not (found := page.parent / target if target else page).exists()
        or (anchor and anchor not in anchors(found))
    ]
    assert lost == []


def test_every_hook_is_local_and_runs_what_lint_runs():
    text = read(".pre-commit-config.yaml")
    assert set(re.findall(r"repo: (\S+)", text)) == {"local"}
    entries = re.findall(r"entry: (.*)", text)
    assert len(entries) == len(re.findall(r"- id:", text)) >= 3
    assert all(programs(entry) and programs(entry) <= linters() for entry in entries)


def test_ci_runs_the_targets_of_the_makefile_and_names_no_host():
    text = read(".github/workflows/ci.yml")
    (targets,) = re.findall(r"run: make (.*)", text)
    assert targets.split() == ["lint", "test"]
    assert all(re.search(rf"^{target}:", read("Makefile"), re.M) for target in targets.split())
    assert not re.search(r"https?://|index-url", text)


def test_the_licence_is_the_one_that_the_package_states():
    assert 'license_expression="BSD-3-Clause"' in read("setup.py") and 'license_files=["LICENSE"]' in read(
        "setup.py"
    )
    assert read("LICENSE").startswith(
        "BSD 3-Clause License\n\nCopyright (c) 2026, the Databoard developers\n"
    )


def test_the_changelog_has_each_release_once_and_the_newest_first():
    found = re.findall(r"^## (?:Unreleased \()?(\d+\.\d+\.\d+)\)?$", read("CHANGELOG.md"), re.M)
    releases = [tuple(map(int, release.split("."))) for release in found]
    assert len(releases) == len(re.findall(r"^## ", read("CHANGELOG.md"), re.M)) >= 2
    assert releases == sorted(set(releases), reverse=True)
