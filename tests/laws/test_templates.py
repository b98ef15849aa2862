"""Laws of the templates: lines that fit a screen, nothing inline that the Content-Security-Policy refuses."""

import re
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[2] / "databoard/templates"
MAX_CHARACTERS = 160
#: A script without an address, a style, or a handler of an event.
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son\w+=", re.IGNORECASE)


def lines():
    """Yield (file and number, line) of every template."""
    for path in sorted(TEMPLATES.rglob("*.html")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield f"{path.relative_to(TEMPLATES)}:{number}", line


def test_no_line_is_longer_than_a_screen_is_wide():
    found = {place: len(line) for place, line in lines() if len(line) > MAX_CHARACTERS}
    assert found == {}


def test_nothing_is_inline_that_the_browser_would_refuse():
    assert [place for place, line in lines() if INLINE.search(line)] == []
