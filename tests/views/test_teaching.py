"""The teaching page of an event: who reads it, what it shows, and what it says while there is nothing."""

import pytest

PAGE = "/events/iris_test/teaching"
SECTION = """
[teaching]
text = "Read **this** first.<script>alert(1)</script>"
materials = [{title = "Slides <b>1</b>", url = "https://example.org/slides?a=1&b=2"}]
"""


@pytest.fixture
def write(problems):
    """Return a function that writes the event's file; the file is as it was afterwards."""
    file = problems / "iris" / "events" / "iris_test.toml"
    kept = file.read_text()
    yield lambda text: file.write_text(f'title = "Iris"\n{text}')
    file.write_text(kept)


def test_participants_and_organisers_read_it(visit):
    assert [visit(name).get(PAGE).status_code for name in ("alice", "charlie", "olga", "root")] == [200] * 4


def test_others_are_refused_and_see_no_tab(visit, session, charlies):
    charlies.approved_at = None
    session.commit()
    assert visit().get(PAGE).location.startswith("/login?next=")
    waiting = visit("charlie")
    assert waiting.get(PAGE).status_code == 403
    assert PAGE not in waiting.get("/events/iris_test").text
    assert PAGE in visit("alice").get("/events/iris_test").text


def test_it_shows_text_and_links_of_the_events_file_at_once(visit, write):
    alice = visit("alice")
    write(SECTION)
    page = alice.get(PAGE).text
    assert "<strong>this</strong>" in page and "alert(1)" not in page
    assert 'href="https://example.org/slides?a=1&amp;b=2" rel="noopener noreferrer"' in page
    assert "Slides &lt;b&gt;1&lt;/b&gt;" in page and "example.org" in page


def test_while_there_is_nothing_an_organiser_reads_where_to_write(visit, write):
    write("")
    assert "iris/events/iris_test.toml" in visit("olga").get(PAGE).text
    for_students = visit("alice").get(PAGE).text
    assert "No materials yet" in for_students and ".toml" not in for_students


def test_a_file_that_became_wrong_is_explained_to_organisers_only(visit, write):
    write("[teaching]\ntext = 1")
    assert "text should be a text" in visit("olga").get(PAGE).text
    for_students = visit("alice").get(PAGE)
    assert for_students.status_code == 200 and "text should be" not in for_students.text


def test_an_event_whose_kit_is_gone_has_no_materials(visit, problems, tmp_path):
    alice = visit("alice")
    away = (problems / "iris").rename(tmp_path / "iris")
    page = alice.get(PAGE)
    away.rename(problems / "iris")
    assert page.status_code == 200 and "No materials yet" in page.text
