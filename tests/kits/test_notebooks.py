"""Reading the notebook of a kit: what is taken, what is left out, and how what is no notebook is named."""

import os

import pytest

from databoard import kits
from databoard.errors import KitError
from tests.notebook_files import code, encoded, markdown, notebook, png, result, stream, write


@pytest.fixture
def read(tmp_path):
    """Return a function that reads the notebook of these cells, and returns its cells."""
    return lambda *cells: kits.read_notebook(write(tmp_path / "clouds", notebook(*cells))).cells


@pytest.mark.parametrize("name", ["starting_kit.ipynb", "clouds_starting_kit.ipynb"])
def test_a_kit_has_its_notebook_under_either_name(tmp_path, name):
    path = write(tmp_path / "clouds", notebook(markdown("x")), name)
    assert kits.find_notebook(path) == path / name
    assert kits.read_notebook(path).file_name == name


def test_a_kit_need_not_have_one(tmp_path):
    assert kits.find_notebook(tmp_path) is None and kits.read_notebook(tmp_path) is None


def test_lines_are_joined_and_raw_cells_left_out(read):
    raw = {"cell_type": "raw", "metadata": {}, "source": "raw"}
    text, program = read(markdown(["# A\n", "b"]), raw, code("x = 1", stream(["1\n", "2\n"])))
    assert (text.is_code, text.source, program.is_code, program.source) == (False, "# A\nb", True, "x = 1")
    assert [output.text for output in program.outputs] == ["1\n2\n"]


def test_escapes_of_a_terminal_and_invisible_characters_are_left_out(read):
    error = {
        "output_type": "error",
        "ename": "E",
        "evalue": "",
        "traceback": ["\x1b[0;31mE\x1b[0m", "no\u202e"],
    }
    (cell,) = read(code("1 \u202e/ 0", error))
    assert (cell.source, cell.outputs[0].text) == ("1 / 0", "E\nno")


@pytest.mark.parametrize("kind", ["image_png", "image_jpeg"])
def test_a_picture_is_what_its_first_bytes_say(read, kind):
    (cell,) = read(code("plot()", result(**{kind: [encoded(png()), "\n"], "text_plain": "<Figure>"})))
    assert cell.outputs[0].image.content == png() and cell.outputs[0].image.extension == "png"


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"", png() + bytes(2 << 20)])
def test_what_is_no_picture_or_too_large_shows_its_text(read, content):
    (cell,) = read(code("plot()", result(image_png=encoded(content), text_plain="<Figure>")))
    assert cell.outputs[0].image is None and cell.outputs[0].text == "<Figure>"


def test_svg_and_widgets_show_their_text_or_nothing(read):
    hidden = {"image/svg+xml": "<svg/>", "application/vnd.jupyter.widget-view+json": {}}
    bundle = {"output_type": "display_data", "metadata": {}, "data": hidden}
    shown = bundle | {"data": hidden | {"text/plain": "a widget"}}
    (cell,) = read(code("show()", bundle, shown))
    assert [output.text for output in cell.outputs] == ["a widget"]


def test_a_long_output_is_cut_and_a_long_table_shows_its_text(read):
    (cell,) = read(code("x", stream("a" * 60_000), result(text_html="<p>" * 60_000, text_plain="short")))
    assert len(cell.outputs[0].text) < 51_000 and cell.outputs[0].text.endswith("…")
    assert (cell.outputs[1].html, cell.outputs[1].text) == ("", "short")


def test_pictures_of_markdown_are_attached(read):
    attached = {"a.png": {"image/png": encoded(png())}, "b.svg": {"image/svg+xml": "<svg/>"}}
    (cell,) = read(markdown("![a](attachment:a.png)", attachments=attached))
    assert [name for name, _ in cell.attachments] == ["a.png"]


@pytest.mark.parametrize("metadata", [{"kernelspec": {"language": "R"}}, {"language_info": {"name": "R"}}])
def test_the_language_is_that_of_its_kernel(tmp_path, metadata):
    assert not kits.read_notebook(write(tmp_path / "a", notebook(metadata=metadata))).is_python
    assert kits.read_notebook(write(tmp_path / "b", notebook())).is_python


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("no JSON", "clouds/starting_kit.ipynb: expected a notebook, which is JSON"),
        ("[" * 100_000, "expected a notebook, which is JSON"),
        ("[]", "format 4, got None"),
        ({"nbformat": 3, "worksheets": []}, "format 4, got 3.*--to notebook"),
        ({"nbformat": 4, "cells": {}}, "expected a notebook of format 4"),
        (notebook(*[markdown("x")] * 501), "at most 500 cells, got 501"),
        (notebook(code("x", *[stream("1")] * 2_001)), "at most 2,000 outputs"),
        (notebook({"cell_type": "code"}), "one that is broken"),
        (notebook("x"), "one that is broken"),
        (notebook(markdown(None)), "one that is broken"),
        (notebook(code("x", {"output_type": "stream"})), "one that is broken"),
        (notebook(code("x", result(image_png=5))), "one that is broken"),
        (notebook(metadata=[]), "one that is broken"),
    ],
)
def test_what_is_no_notebook_is_named(tmp_path, table, message):
    with pytest.raises(KitError, match=message):
        kits.read_notebook(write(tmp_path / "clouds", table))


def test_a_file_that_is_too_large_or_elsewhere_is_refused(tmp_path):
    path = write(tmp_path / "clouds", " " * ((10 << 20) + 1))
    with pytest.raises(KitError, match="at most 10 MiB"):
        kits.read_notebook(path)
    (path / "starting_kit.ipynb").rename(tmp_path / "other.ipynb")
    os.symlink(tmp_path / "other.ipynb", path / "starting_kit.ipynb")
    with pytest.raises(KitError, match="links elsewhere"):
        kits.read_notebook(path)
