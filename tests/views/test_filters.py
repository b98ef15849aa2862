"""How values are written."""

import itertools
import re
import time
from datetime import timedelta

import pytest
from flask import g

from databoard.forms import local_path
from databoard.queries.waiting import Waiting
from databoard.views import filters
from databoard.views.charts import curve_plot
from databoard.views.highlighting import MAX_CHARACTERS, MAX_LINES, python_tokens


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


def test_times_are_utc_with_their_zone(now):
    assert filters.utc(now) == "2026-11-24 12:00 UTC"


def test_code_is_shown_without_characters_that_turn_it_around():
    code = "if user == 'admin\u202e \u2066# a comment\u2069 \u2066':\n    pass\n"
    for shown in (filters.highlight(code, "a.py"), filters.highlight(code * 10_000, "a.py")):
        assert "admin" in shown and not set(shown) & set("\u202e\u2066\u2069")


def test_highlighted_code_is_escaped_and_has_classes_only():
    html = filters.highlight("x = '<script>'  # </script>\n", "a.py")
    assert "<script" not in html and "style=" not in html and 'class="c1"' in html


@pytest.mark.parametrize(
    ("code", "coloured"),
    [
        ("import os", '<span class="kn">import</span> os'),
        (
            "def fit(self):",
            '<span class="k">def</span> <span class="nf">fit</span>(<span class="bp">self</span>):',
        ),
        ("def __init__(", '<span class="k">def</span> <span class="fm">__init__</span>('),
        ("class A(B):", '<span class="k">class</span> <span class="nc">A</span>(B):'),
        ("@njit\n", '<span class="nd">@njit</span>\n'),
        ("a @ b", "a @ b"),
        ("x is None", 'x <span class="ow">is</span> <span class="kc">None</span>'),
        ("raise OSError", '<span class="k">raise</span> <span class="ne">OSError</span>'),
        ("len(x.len)", '<span class="nb">len</span>(x.len)'),
        ("1 1.5e-3", '<span class="mi">1</span> <span class="mf">1.5e-3</span>'),
        ("0xFF .5", '<span class="mh">0xFF</span> <span class="mf">.5</span>'),
        (r"rb'\''", r"""<span class="sa">rb</span><span class="s1">'\''</span>"""),
        ('"#" # c', '<span class="s2">"#"</span> <span class="c1"># c</span>'),
        ('"""a\nb"""', '<span class="sd">"""a</span>\n<span class="sd">b"""</span>'),
        ("x = 'open\ny", 'x = <span class="s1">\'open</span>\ny'),
        ("größe = ²", "größe = ²"),
    ],
)
def test_python_is_coloured_by_the_classes_of_the_style_sheet(code, coloured):
    assert coloured in filters.highlight(code, "a.py")


HARD_UNITS = [
    "0", "1_", "0x", ".0", "'", '"', r"\'", "'" * 3, '""x', "f'", "rb", "(", "@", "#\n", " ", " \n", "\r", "\\\n",
]  # fmt: skip


def test_no_code_takes_long_to_colour():
    slow, changed = [], []
    for start, unit in itertools.product(["", "'%", '"' * 3, "'"], HARD_UNITS):
        code = (start + unit * MAX_CHARACTERS)[:MAX_CHARACTERS]
        code = "".join(code.splitlines(keepends=True)[:MAX_LINES])
        begun_s = time.process_time()
        filters.highlight(code, "a.py")
        if time.process_time() - begun_s >= 3:  # takes a tenth of a second; a lexer that looks ahead, minutes
            slow.append((start, unit))
        if "".join(piece for _, piece in python_tokens(code)) != code:
            changed.append((start, unit))
    assert (slow, changed) == ([], [])


@pytest.mark.parametrize("code", ["<" * (MAX_CHARACTERS + 1), "<\n" * (MAX_LINES + 1)])
def test_large_files_are_plain_text(code):
    html = filters.highlight(code, "a.py")
    assert "span" not in html and code.replace("<", "&lt;") in html


def test_code_of_an_unknown_kind_is_plain_text():
    assert "&lt;b&gt;" in filters.highlight("<b>", "notes.unknown_kind")


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
