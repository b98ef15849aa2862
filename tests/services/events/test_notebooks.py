"""A kit's notebook is rendered when the kit is registered: what is safe stays, nothing else is left over."""

import re

import pytest

from databoard.errors import KitError
from databoard.services.base import notebook_files
from databoard.services.base.files import FileStore
from databoard.services.events import notebooks
from tests.notebook_files import code, encoded, markdown, notebook, png, result, write

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)><p style='color:red' onclick=x>text</p>"


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "home", tmp_path / "problems")


@pytest.fixture
def kept(store):
    """Return a function that registers the notebook of these cells and returns what its page shows."""

    def kept(*cells):
        path = write(store.kit_path("clouds"), notebook(*cells))
        notebooks.keep(store, "clouds", notebooks.render(path))
        return notebook_files.read(store, "clouds")

    return kept


@pytest.mark.parametrize("cell", [markdown(SCRIPT), code("x", result(text_html=SCRIPT, text_plain="t"))])
def test_no_script_style_or_handler_is_kept(kept, cell):
    (shown,) = kept(cell).cells
    html = shown.html or shown.outputs[0].html
    assert "text</p>" in html
    assert not re.search(r"script|alert|onerror|onclick|style", html)


def test_an_output_that_was_only_a_script_shows_its_text(kept):
    (cell,) = kept(
        code("x", result(text_html="<script>draw()</script><div></div>", text_plain="a chart"))
    ).cells
    assert (cell.outputs[0].html, cell.outputs[0].text) == ("", "a chart")


def test_headings_and_tables_are_those_of_one_page(kept):
    table = '<table border="1" class="dataframe btn"><tr><td>7</td></tr></table>'
    cells = kept(
        markdown("# A"), code("x", result(text_html=table)), markdown("### B\n\n| a |\n|---|\n| 1 |")
    ).cells
    html = "".join(part for cell in cells for part in (cell.html, *(output.html for output in cell.outputs)))
    assert re.findall(r"<(h\d)", html) == ["h2", "h4"]
    assert re.findall(r'aria-label="(.*?)"><table class="(.*?)"', html) == [
        ("Table 1", "table table-sm"),
        ("Table 2", "table table-sm"),
    ]


def test_pictures_are_files_and_never_data_in_the_page(kept, store):
    attached = {"a b.png": {"image/png": encoded(png(9))}}
    text = "![x](attachment:a b.png) ![y](data:image/png;base64,AAAA)"
    page = kept(
        markdown(text.replace("a b", "ab"), attachments={"ab.png": attached["a b.png"]}), _plot(png(8))
    )
    assert len(page.images) == 2
    folder = store.notebook_path("clouds")
    assert {(folder / name).read_bytes() for name in page.images} == {png(8), png(9)}
    assert re.findall(r'src="(.*?)"', page.cells[0].html) == [f"notebook/{_named(page, folder, png(9))}"]
    assert page.cells[1].outputs[0].image == _named(page, folder, png(8))


def test_a_later_notebook_leaves_nothing_of_the_earlier_one(kept, store):
    kept(_plot(png(8)))
    page = kept(_plot(png(9)))
    names = {file.name for file in store.notebook_path("clouds").iterdir()}
    assert names == {"page.json", "starting_kit.ipynb", *page.images} and len(page.images) == 1


def test_a_kit_without_a_notebook_shows_none_any_more(kept, store):
    kept(_plot(png(8)))
    (store.kit_path("clouds") / "starting_kit.ipynb").unlink()
    notebooks.keep(store, "clouds", notebooks.render(store.kit_path("clouds")))
    assert notebook_files.read(store, "clouds") is None and not notebook_files.is_there(store, "clouds")
    assert list(store.notebook_path("clouds").iterdir()) == []
    notebooks.keep(store, "never", None)


def test_what_is_no_notebook_replaces_nothing(kept, store):
    before = kept(_plot(png(8)))
    with pytest.raises(KitError, match=r"starting_kit\.ipynb"):
        notebooks.render(write(store.kit_path("clouds"), "no notebook"))
    assert notebook_files.read(store, "clouds") == before


def _plot(content):
    return code("plot()", result(image_png=encoded(content), text_plain="<Figure>"))


def _named(page, folder, content):
    return next(name for name in page.images if (folder / name).read_bytes() == content)
