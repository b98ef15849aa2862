"""How templates write values: times, durations, sizes, Markdown, code. No rule, no query."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import Any

from flask import Flask, g, request, url_for
from markupsafe import Markup, escape

from databoard.plain_text import strip_controls
from databoard.queries.waiting import Waiting
from databoard.services.base.markdown import fitted, html_of
from databoard.views.assets import url_for_static, url_for_vendor
from databoard.views.charts import curve_plot, history_plot
from databoard.views.differences import difference

DAY_S = 86400
RELATIVE_UNITS = (
    (365 * DAY_S, "year"),
    (30 * DAY_S, "month"),
    (DAY_S, "day"),
    (3600, "hour"),
    (60, "minute"),
)
#: Up to which age, in seconds, a pending submission is asked for how often; 5 s later on.
LIVE_EVERY = ((10, "500ms"), (60, "1s"), (600, "2s"))
#: Above it, an element for each line costs more than numbers and anchors help.
MAX_NUMBERED_LINES = 10_000
CODE_LINE = Markup('<span class="line" id="{}-L{}">{}\n</span>')


def register(app: Flask) -> None:
    """Add the filters and functions to the application's templates."""
    for function in (
        utc,
        relative,
        duration,
        roughly,
        waiting,
        live_every,
        size,
        breakable,
        markdown,
        code_lines,
        difference,
        curve_plot,
        history_plot,
    ):
        app.add_template_filter(function)
    app.add_template_global(kept_url_for, "url_for")
    app.add_template_global(url_for_static)
    app.add_template_global(url_for_vendor)


def kept_url_for(endpoint: str, /, **values: Any) -> str:
    """Return the address of a page as Flask's `url_for` does; the addresses that templates write are kept."""
    return _address(request.script_root, endpoint, **values)


@lru_cache(maxsize=4096, typed=True)
def _address(script_root: str, endpoint: str, /, **values: Any) -> str:
    return url_for(endpoint, **values)  # it begins with the root of the request


def live_every(submitted_at: datetime) -> str:
    """Write how often a page asks for a submission that is pending: often at first, for many end within a second."""
    age_s = (g.now - submitted_at).total_seconds()
    return next((every for until_s, every in LIVE_EVERY if age_s < until_s), "5s")


def utc(moment: datetime) -> str:
    """Write a time as ``2026-12-01 12:00 UTC``."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def relative(moment: datetime) -> str:
    """Write a time as seen from now: ``in 3 days``, ``2 hours ago``, ``just now``."""
    distance_s = (moment - g.now).total_seconds()
    for unit_s, unit in RELATIVE_UNITS:
        count = int(abs(distance_s) // unit_s)
        if count:
            words = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"in {words}" if distance_s > 0 else f"{words} ago"
    return "in a moment" if distance_s > 0 else "just now"


def duration(seconds: float | timedelta | None) -> str:
    """Write a span: ``0.42 s``, ``15 min``, ``2 h 5 min``, ``3 days``; a dash when there is none."""
    if seconds is None:
        return "–"
    seconds = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 and seconds % 1 else f"{seconds:.0f} s"
    minutes, hours, days = round(seconds / 60), seconds / 3600, seconds / 86400
    if minutes < 60:
        left_s = round(seconds % 60)
        return f"{int(seconds // 60)} min {left_s} s" if left_s and left_s < 60 else f"{minutes} min"
    if hours < 48:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    return f"{days:.0f} days"


def roughly(seconds: float) -> str:
    """Write a span that is known about, rounded up: ``a few seconds``, ``40 s``, ``4 min``, ``3 h``, ``2 days``."""
    if seconds < 10:
        return "a few seconds"
    for limit_s, unit_s, step, unit in ((90, 1, 10, "s"), (5400, 60, 1, "min"), (2 * DAY_S, 3600, 1, "h")):
        if seconds <= limit_s:
            return f"{ceil(seconds / unit_s / step) * step} {unit}"
    return f"{ceil(seconds / DAY_S)} days"


def waiting(place: Waiting) -> str:
    """Write where a submission stands in line and when it starts, as :class:`Waiting` tells it."""
    text = f"place {place.place} of {place.n_waiting}"
    if place.latest_s is None:
        return text
    if place.latest_s <= 0:
        return f"{text}, later than expected"
    start = (
        "any moment"
        if place.likely_s is None or place.likely_s <= 0
        else f"in about {roughly(place.likely_s)}"
    )
    return f"{text}, starts {start} (9 of 10 start within {roughly(place.latest_s)})"


def size(n_bytes: int | None) -> str:
    """Write a number of bytes: ``812 B``, ``1.5 MiB``; a dash when there is none."""
    if n_bytes is None:
        return "–"
    value = float(n_bytes)
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 10 else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"


def breakable(name: str) -> Markup:
    """Let the browser break a long name of a machine after its dots and dashes, not in the middle of a word."""
    return Markup("<wbr>").join(re.split(r"(?<=[-._])", name))


@lru_cache(maxsize=128)
def markdown(text: str) -> Markup:
    """Render Markdown of an organiser; its HTML is sanitised, then fitted into the page."""
    return Markup(fitted([html_of(text)])[0])  # noqa: S704


def code_lines(text: str, anchor: str) -> Markup:
    """Put each line of shown code into an element that the address can name: ``#<anchor>-L12``.

    The style sheet numbers the elements. A text of too many lines is returned without them. Characters that nobody
    sees are left out: they can make code read as another than the one that runs.
    """
    text = strip_controls(text).removesuffix("\n")
    lines = text.split("\n")
    if len(lines) > MAX_NUMBERED_LINES:
        return escape(text)
    return Markup("").join(CODE_LINE.format(anchor, number, line) for number, line in enumerate(lines, 1))
