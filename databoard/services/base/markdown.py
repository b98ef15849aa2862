"""Markdown and HTML of organisers as parts of a page: sanitised, then fitted below the page's own title.

Called by the templates for descriptions, and where a kit's notebook is rendered once for all readers.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import count

import nh3
from markdown_it import MarkdownIt

_TABLE, _HEADING = re.compile(r"<table\b"), re.compile(r"(</?h)([1-6])\b")
#: What it may carry beside what the sanitiser lets through by itself.
_ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    **{tag: {"class"} for tag in ("table", "th", "td", "pre", "span", "code")},
}


def html_of(text: str) -> str:
    """Return Markdown as sanitised HTML."""
    html = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    html = html.replace('style="text-align:right"', 'class="text-end"')  # the page allows no inline style
    return sanitised(html)


def sanitised(html: str) -> str:
    """Return HTML without script, style, handlers and addresses that are no links.

    In what it returns each ``<`` begins a tag, in lower case.
    """
    return nh3.clean(html, attributes=_ATTRIBUTES)


def fitted(parts: Sequence[str]) -> list[str]:
    """Fit sanitised HTML into one page, part by part.

    Headings move to the levels below the page's own h1, the highest to h2, and none goes below h6. Tables and
    preformatted text scroll inside frames that the keyboard reaches.
    """
    levels = [int(level) for part in parts for _, level in _HEADING.findall(part)]
    shift, numbers = 2 - min(levels, default=2), count(1)
    return [_in_frames(_shifted(part, shift), numbers) for part in parts]


def _shifted(html: str, shift: int) -> str:
    return _HEADING.sub(lambda found: f"{found[1]}{min(6, int(found[2]) + shift)}", html)


def _in_frames(html: str, numbers: Iterator[int]) -> str:
    """Put each table into a frame in which it scrolls; the frame is named by its number."""
    html = html.replace("<table>", '<table class="table table-sm">')
    html = html.replace("<pre", '<pre tabindex="0"')  # long lines scroll, also by keyboard
    frame = '<div class="table-responsive" tabindex="0" role="region" aria-label="Table {}">'
    framed = _TABLE.sub(lambda found: frame.format(next(numbers)) + found[0], html)
    return framed.replace("</table>", "</table></div>")
