"""How values are written."""

import re
from datetime import timedelta

import pytest
from flask import g

from databoard.forms import local_path
from databoard.queries.waiting import Waiting
from databoard.views import filters
from databoard.views.charts import curve_plot


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0 s"),
        (0.42, "0.42 s"),
        (7, "7 s"),
        (59, "59 s"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (900, "15 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (300_000, "3 days"),
    ],
)
def test_durations(seconds, text):
    assert filters.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "a few seconds"),
        (11, "20 s"),
        (90, "90 s"),
        (91, "2 min"),
        (5400, "90 min"),
        (5401, "2 h"),
        (172_800, "48 h"),
        (172_801, "3 days"),
    ],
)
def test_what_is_known_about_is_rounded_up(seconds, text):
    assert filters.roughly(seconds) == text


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ((None, None), "place 2 of 9"),
        ((230.0, 600.0), "place 2 of 9, starts in about 4 min (9 of 10 start within 10 min)"),
        ((-3.0, 45.0), "place 2 of 9, starts any moment (9 of 10 start within 50 s)"),
        ((-9.0, -1.0), "place 2 of 9, later than expected"),
    ],
)
def test_who_waits_reads_where_and_until_when(told, text):
    assert filters.waiting(Waiting(2, 9, *told)) == text


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [(None, "–"), (0, "0 B"), (812, "812 B"), (1536, "1.5 KiB"), (2**20, "1.0 MiB"), (2**31, "2.0 GiB")],
)
def test_sizes(n_bytes, text):
    assert filters.size(n_bytes) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [(timedelta(days=3), "in 3 days"), (timedelta(hours=-1), "1 hour ago"), (timedelta(0), "just now")],
)
def test_relative_times(app, now, span, text):
    with app.test_request_context():
        g.now = now
        assert filters.relative(now + span) == text


@pytest.mark.parametrize(
    ("age_s", "every"), [(0, "500ms"), (9, "500ms"), (10, "1s"), (60, "2s"), (600, "5s"), (10**6, "5s")]
)
def test_a_young_submission_is_asked_for_more_often(app, now, age_s, every):
    with app.app_context():
        g.now = now
        assert filters.live_every(now - timedelta(seconds=age_s)) == every


def test_times_are_utc_with_their_zone(now):
    assert filters.utc(now) == "2026-11-24 12:00 UTC"


def test_code_is_shown_without_characters_that_turn_it_around():
    code = "if user == 'admin\u202e \u2066# a comment\u2069 \u2066':\n    pass\n"
    for shown in (filters.code_lines(code, "a"), filters.code_lines(code * 10_000, "a")):
        assert "admin" in shown and not set(shown) & set("\u202e\u2066\u2069")


def test_each_line_of_code_is_escaped_and_has_an_address():
    assert filters.code_lines("x = '<b>'\n\n# </b>\n", "file-a") == (
        '<span class="line" id="file-a-L1">x = &#39;&lt;b&gt;&#39;\n</span>'
        '<span class="line" id="file-a-L2">\n</span>'
        '<span class="line" id="file-a-L3"># &lt;/b&gt;\n</span>'
    )


def test_a_file_of_too_many_lines_is_plain_text():
    assert set(filters.code_lines("<\n" * (filters.MAX_NUMBERED_LINES + 1), "a").split("\n")) == {"&lt;"}


def test_code_in_a_description_names_its_language_for_the_script_that_colours_it():
    html = filters.markdown("```python\nx = '<b>'\n```\n")
    assert '<pre tabindex="0"><code class="language-python">x = \'&lt;b&gt;\'\n</code></pre>' in html


def test_markdown_keeps_tables_and_drops_what_is_dangerous():
    html = filters.markdown("| a |\n|--:|\n| 1 |\n\n<img src=x onerror=alert(1)> [x](javascript:alert(1))")
    assert "<table" in html
    assert not [bad for bad in ("onerror", 'href="javascript', "style=") if bad in html]


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("# A\n\n## B\n\n#### C\n\n# D", "2352"),
        ("## A\n\n### B", "23"),
        ("### A\n\n###### B", "25"),
        ("# A\n\n###### B", "26"),
        ("A\n=\n\n<H1>B</H1>\n\n<h3 class='x'>C</h3>", "224"),
        ("no heading\n\n---\n\n`<h1>`", ""),
    ],
)
def test_headings_of_an_organiser_stand_below_the_title_of_the_page(text, levels):
    html = filters.markdown(text)
    opened, closed = re.findall(r"<h([1-6])", html), re.findall(r"</h([1-6])", html)
    assert "".join(opened) == "".join(closed) == levels


def test_each_table_of_an_organiser_scrolls_in_a_frame_of_its_own_name():
    html = filters.markdown("| a |\n|---|\n| 1 |\n\n<TABLE><tr><td>2</td></tr></TABLE>\n\n    code")
    frames = re.findall(
        r'<div class="table-responsive" tabindex="0" role="region" aria-label="(.*?)"><table', html
    )
    assert frames == ["Table 1", "Table 2"] and html.count("</table></div>") == 2
    assert '<pre tabindex="0">' in html


@pytest.mark.parametrize("tag", ["<table>", "</table>", "<pre>", "<h1>", "</h1>"])
def test_no_attribute_of_an_organiser_becomes_markup(tag):
    html = filters.markdown(f'<p><a hreflang="{tag}<script>alert(1)</script><b onclick=x>">x</a></p>')
    assert re.fullmatch(r'<p><a hreflang="[^"<>]*" rel="[^"<>]*">x</a></p>', html)


def test_a_curve_goes_up_with_its_values():
    points = [tuple(map(float, point.split(","))) for point in curve_plot((0.5, None, 0.9)).points.split()]
    assert len(points) == 2 and points[0][0] < points[1][0] and points[0][1] > points[1][1]


def test_one_value_is_no_curve():
    assert curve_plot((0.5,)) is None and curve_plot(()) is None and curve_plot((None, 0.5)) is None


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/events/x?page=2", "/events/x?page=2"),
        ("events", None),
        ("https://x.example", None),
        ("//x.example", None),
        ("/\\x.example", None),
        ("/\n/x.example", None),
        ("", None),
        (None, None),
    ],
)
def test_only_local_paths_are_followed(target, expected):
    assert local_path(target) == expected


def test_a_name_of_a_machine_may_break_after_its_dots_and_dashes_only():
    broken = filters.breakable("a-07.<lab>:42")
    assert broken == "a-<wbr>07.<wbr>&lt;lab&gt;:42"
