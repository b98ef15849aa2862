"""The sandbox: save and upload, and what is refused."""

import json
import shutil
from io import BytesIO

import pytest

from databoard.errors import RuleError
from databoard.models import WorkflowElement
from databoard.queries import sandbox as sandbox_queries
from databoard.services.base.files import FileStore
from databoard.services.events import catalogue
from databoard.services.people import accounts
from databoard.services.teams import sandbox, sandbox_rows, sign_ups


@pytest.fixture
def save(session, owls, alice, store, now):
    return lambda **texts: sandbox.save(
        session, event_team=owls, texts=texts, user=alice, store=store, now=now
    )


@pytest.fixture
def upload(session, owls, alice, store, now):
    def upload(filename, content):
        return sandbox.upload(
            session,
            event_team=owls,
            filename=filename,
            stream=BytesIO(content),
            user=alice,
            store=store,
            now=now,
        )

    return upload


@pytest.fixture
def shown(session, owls, store):
    """The files as the page shows them, by element."""
    return lambda: {
        file.element: file for file in sandbox_queries.files(session, event_team=owls, store=store)
    }


@pytest.fixture
def with_data(session, iris_event):
    """Let submissions of iris have a data file, too."""
    workflow = iris_event.problem.workflow
    catalogue.add_workflow(session, name=workflow.name, element_type_names=["classifier", "external_data"])
    session.expire_all()


def test_the_sandbox_begins_with_the_starting_kit(shown):
    file = shown()["classifier"]
    assert (file.filename, file.is_editable, file.updated_by) == ("classifier.py", True, "starting kit")
    assert "class Classifier" in file.text


def test_saving_keeps_text_author_and_time(save, shown, now):
    assert save(classifier="x = 1\n") == 1
    file = shown()["classifier"]
    assert (file.text, file.updated_by, file.updated_at, file.size_bytes) == ("x = 1\n", "alice", now, 6)


def test_saving_the_same_again_changes_nothing(save):
    assert (save(classifier="x = 1"), save(classifier="x = 1\r\n"), save()) == (1, 0, 0)


@pytest.mark.parametrize(
    ("sent", "kept"), [("a\r\nb\rc", "a\nb\nc\n"), ("a\n\n", "a\n\n"), ("", ""), ("é – 中", "é – 中\n")]
)
def test_lines_end_one_way(save, shown, sent, kept):
    save(classifier=sent)
    assert shown()["classifier"].text == kept


@pytest.mark.parametrize("name", ["unknown", "classifier.py", "../classifier", "", "Classifier"])
def test_only_files_of_the_workflow_are_saved(save, shown, name):
    with pytest.raises(RuleError, match="Expected one of the files classifier, got"):
        save(**{name: "x"})
    assert shown()["classifier"].updated_by == "starting kit"


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_what_is_no_text_is_refused(save, text):
    with pytest.raises(RuleError, match="Expected text"):
        save(classifier=text)


def test_a_text_of_the_largest_size_fits_and_one_byte_more_does_not(save, shown):
    save(classifier="#" * 99_999)
    assert shown()["classifier"].size_bytes == 100_000
    with pytest.raises(RuleError, match=r"classifier\.py: Expected a file of at most 100,000 bytes"):
        save(classifier="#" * 100_000)


def test_one_bad_file_saves_none(save, shown, with_data):
    with pytest.raises(RuleError):
        save(classifier="x = 1", external_data="1,2")
    assert shown()["classifier"].updated_by == "starting kit"


# Upload


@pytest.mark.parametrize(
    "name", ["classifier.py", "/etc/classifier.py", "C:\\x\\classifier.py", "../../classifier.py"]
)
def test_the_stem_chooses_the_element_and_folders_do_not_count(upload, shown, name):
    assert upload(name, b"x = 1") == "classifier"
    assert shown()["classifier"].text == "x = 1\n"


@pytest.mark.parametrize(
    "name",
    [
        "model.py",
        "classifier.txt",
        "classifier",
        "",
        "..",
        "classifier.py.txt",
        ".py",
        "Classifier.py",
        "classifier.R",
    ],
)
def test_another_name_is_refused_with_the_expected_one(upload, name):
    with pytest.raises(RuleError, match=r"classifier\.py"):
        upload(name, b"x")


def test_the_name_that_the_client_gave_is_nowhere_on_disk(upload, home):
    upload("../../../classifier.py", b"x = 1")
    assert not [path for path in home.parent.rglob("*") if "classifier" in path.name]


def test_bytes_that_are_no_utf8_are_refused_with_their_line(upload, shown):
    with pytest.raises(RuleError, match=r"classifier\.py, line 2: Expected UTF-8 text, got the byte 0xE9"):
        upload("classifier.py", "x = 1\r\né".encode("latin-1"))
    assert shown()["classifier"].updated_by == "starting kit"


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfx = 1\r\n", b"x = 1\r", b"x = 1", "\ufeffx = 1\r\n".encode()]
)
def test_a_file_of_any_system_is_kept_alike_whether_uploaded_or_pasted(upload, save, shown, content):
    upload("classifier.py", content)
    assert shown()["classifier"].text == "x = 1\n"
    assert save(classifier=content.decode()) == 0


def test_a_coding_cookie_is_honoured_in_a_file_and_corrected_in_a_paste(upload, save, shown):
    kept = "# coding: utf-8\nx = 'é'\n"
    upload("classifier.py", "# coding: latin-1\nx = 'é'\n".encode("latin-1"))
    assert shown()["classifier"].text == kept
    assert save(classifier="# coding: latin-1\nx = 'é'\n") == 0


@pytest.mark.parametrize(
    "name", ["classifier.py", "classifier.ipynb", "Untitled1.ipynb", "external_data.csv"]
)
@pytest.mark.parametrize("n_cells", [0, 1, 2000])
def test_a_notebook_is_refused_whatever_its_name_and_size(upload, with_data, name, n_cells):
    cell = {"cell_type": "code", "source": ["import os\n"] * 10}
    notebook = json.dumps({"cells": [cell] * n_cells, "metadata": {}, "nbformat": 4}, indent=1)
    with pytest.raises(RuleError, match="export it as a Python script: jupyter nbconvert --to script"):
        upload(name, notebook.encode())


def test_a_pasted_notebook_is_refused(save):
    with pytest.raises(RuleError, match="export it as a Python script: jupyter nbconvert --to script"):
        save(classifier=json.dumps({"nbformat": 4, "cells": []}))


@pytest.mark.parametrize("name", ["classifier.py", "submission.zip", "external_data.csv"])
def test_a_zip_says_what_to_upload(upload, with_data, name):
    with pytest.raises(
        RuleError, match=r"a zip archive\. Unpack it and upload classifier\.py, external_data\.csv\."
    ):
        upload(name, b"PK\x03\x04" + b"x" * 200_000)


def test_a_limit_counts_bytes_not_characters(save, shown):
    save(classifier="é" * 49_999)
    assert shown()["classifier"].size_bytes == 99_999
    with pytest.raises(RuleError, match="at most 100,000 bytes"):
        save(classifier="é" * 50_000)


@pytest.mark.parametrize("content", [b"#" * 100_001, b"#\r\n" * 40_000, "é".encode() * 60_000])
def test_a_file_that_is_too_large_is_refused_and_never_cut(upload, shown, content):
    with pytest.raises(RuleError, match="at most 100,000 bytes"):
        upload("classifier.py", content)
    assert shown()["classifier"].updated_by == "starting kit"


def test_data_are_kept_byte_by_byte_and_not_shown(session, upload, shown, with_data, store, owls):
    content = b"a,b\r\n\x00\xff"
    assert upload("external_data.csv", content) == "external_data"
    file = shown()["external_data"]
    assert (file.text, file.is_editable, file.size_bytes) == (None, False, len(content))
    element = session.query(WorkflowElement).filter_by(name="external_data").one()
    assert store.read(sandbox_rows.rows_by_element(session, owls)[element.id].sha256) == content


def test_the_sandbox_of_another_team_stays(session, charlies, save, store):
    before = sandbox_queries.files(session, event_team=charlies, store=store)
    save(classifier="x = 1")
    assert sandbox_queries.files(session, event_team=charlies, store=store) == before


# The starting kit


@pytest.fixture
def signed_up(session, store, now, iris_event, problems, tmp_path):
    """Sign a new team up with another starting kit: the text of its sandbox."""

    def signed_up(content):
        shutil.copytree(problems / "iris", tmp_path / "problems" / "iris")
        (tmp_path / "problems" / "iris" / "starting_kit" / "classifier.py").write_bytes(content)
        own = FileStore(store.home, tmp_path / "problems")
        user = accounts.user_by_name(session, "olga")
        event_team = sign_ups.sign_up(session, event=iris_event, user=user, store=own, now=now)
        return sandbox_queries.files(session, event_team=event_team, store=own)[0].text

    return signed_up


def test_a_starting_kit_of_any_system_is_handed_out_as_utf8(signed_up):
    assert signed_up(b"\xef\xbb\xbfx = '\xc3\xa9'\r\ny = 1") == "x = 'é'\ny = 1\n"


def test_a_starting_kit_that_is_no_text_is_a_refusal_and_no_defect(signed_up):
    with pytest.raises(RuleError, match=r"iris/starting_kit/classifier\.py, line 2: Expected UTF-8 text"):
        signed_up(b"x = 1\n\xe9")
