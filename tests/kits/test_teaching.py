"""The section ``[teaching]`` of an event file: what it may hold, and how mistakes are named."""

import pytest

from databoard import kits
from databoard.errors import KitError

GOOD = """
[teaching]
text = "Read **this**."
materials = [{title = "Slides", url = "https://example.org/a?b=c#d"}, {title = "Local", url = "http://10.0.0.7:8000/"}]
"""


@pytest.fixture
def write(small):
    """Return a function that writes the file of the event of the small kit; it returns the kit's folder."""

    def write(text):
        (small / "events" / "small_test.toml").write_text(f'title = "Small event"\n{text}')
        return small

    return write


def test_a_text_and_links_are_read(write):
    teaching = kits.event_teaching(write(GOOD), "small_test")
    assert teaching.text == "Read **this**."
    assert [(m.title, m.host) for m in teaching.materials] == [
        ("Slides", "example.org"),
        ("Local", "10.0.0.7"),
    ]


def test_an_event_without_the_section_has_neither(write):
    assert kits.event_teaching(write(""), "small_test") == kits.Teaching()


def test_settings_and_scores_are_read_beside_it(write):
    path = write(GOOD + '[[scores]]\nscore_type = "rmse"\n')
    assert kits.load_event(kits.load(path), "small_test").scores[0].name == "rmse"
    assert "teaching" not in kits.event_settings(path, "small_test")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "ftp://example.org/",
        "//example.org/",
        "/events/other",
        "https:///no-host",
        "https://example.org@evil.example/",
        "https://example.org/a b",
        "https://example.org/\\u0000",
        "https://[broken/",
        "",
    ],
)
def test_only_addresses_of_the_web_are_links(write, url):
    with pytest.raises(
        KitError, match=r"small_test\.toml, \[teaching\], link 1: url should begin with https://"
    ):
        kits.event_teaching(write(f'[teaching]\nmaterials = [{{title = "x", url = "{url}"}}]'), "small_test")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("teaching = 1", "teaching should be a table"),
        ("[teaching]\ntexts = 'x'", "unknown key 'texts'. Known keys: materials, text"),
        ("[teaching]\ntext = 1", "text should be a text of at most 20,000 characters, got 1"),
        (f"[teaching]\ntext = '{'x' * 20_001}'", "got 20001 characters"),
        ("[teaching]\nmaterials = 'x'", "materials should be a list"),
        ("[teaching]\nmaterials = ['x']", "link 1: materials should be such as"),
        ("[teaching]\nmaterials = [{title = 'x'}]", "link 1: materials should be such as"),
        ("[teaching]\nmaterials = [{title = 'x', url = 'http://x', a = 1}]", "link 1: unknown key 'a'"),
        ("[teaching]\nmaterials = [{title = ' ', url = 'http://x'}]", "title should be one line of text"),
        (
            "[teaching]\nmaterials = [{title = \"a\\nb\", url = 'http://x'}]",
            "title should be one line of text",
        ),
    ],
)
def test_a_mistake_is_named_where_it_is_and_refused_when_the_event_is_added(write, text, message):
    path = write(text)
    for read in (
        lambda: kits.event_teaching(path, "small_test"),
        lambda: kits.load_event(kits.load(path), "small_test"),
    ):
        with pytest.raises(KitError, match=message):
            read()


def test_the_check_of_a_kit_names_the_line(write):
    path = write(
        "closes_ad = 2026-12-01T12:00:00Z\n[teaching]\ntext = 'x'\nurls = []\n[[scores]]\nscore_type = 'rmse'\n"
    )
    found = kits.check_events(kits.load(path))
    assert [(finding.code, finding.line) for finding in found] == [("event_wrong", 2), ("event_wrong", 5)]
