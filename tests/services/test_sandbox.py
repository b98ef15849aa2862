"""The sandbox: save and upload, and what is refused."""

from io import BytesIO

import pytest

from databoard.errors import RuleError
from databoard.models import WorkflowElement
from databoard.services import catalogue, sandbox


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
    return lambda: {file.element: file for file in sandbox.files(session, event_team=owls, store=store)}


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


def test_bytes_that_are_no_utf8_are_refused(upload):
    with pytest.raises(RuleError, match=r"Expected classifier\.py as UTF-8 text"):
        upload("classifier.py", "é".encode("latin-1"))


def test_a_byte_order_mark_is_dropped(upload, shown):
    upload("classifier.py", b"\xef\xbb\xbfx = 1\r\n")
    assert shown()["classifier"].text == "x = 1\n"


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
    assert store.read(sandbox.rows_by_element(session, owls)[element.id].sha256) == content


def test_the_sandbox_of_another_team_stays(session, charlies, save, store):
    before = sandbox.files(session, event_team=charlies, store=store)
    save(classifier="x = 1")
    assert sandbox.files(session, event_team=charlies, store=store) == before
