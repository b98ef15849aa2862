"""What a submission printed: for its team and the organisers, as text, by fold."""

import pytest


@pytest.fixture
def talking(session, scored):
    """A scored submission whose first fold printed something; returns its address."""
    scored.folds[0].printed = "epoch 1 <script>alert(1)</script>"
    session.commit()
    return f"/submissions/{scored.slug}"


def test_the_page_of_a_submission_leads_to_what_it_printed(visit, talking):
    page = visit("bob").get(talking).text
    assert f"{talking}/printed" in page and "33 characters, by fold" in page


def test_what_it_printed_is_shown_as_text_by_fold(visit, talking):
    page = visit("alice").get(f"{talking}/printed").text
    assert "Fold 0" in page and "Fold 1" not in page
    assert "epoch 1 &lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_it_can_be_downloaded(visit, talking):
    answer = visit("alice").get(f"{talking}/printed.txt")
    assert answer.text == "--- fold 0: scored\nepoch 1 <script>alert(1)</script>\n"
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(("name", "status"), [("olga", 200), ("root", 200), ("charlie", 403), (None, 303)])
def test_only_its_team_and_the_organisers_read_it(visit, talking, clock, name, status):
    clock.forward(days=2)  # the code is open to all who take part
    assert visit(name).get(f"{talking}/printed").status_code == status
    assert visit(name).get(f"{talking}/printed.txt").status_code == status
    if status == 403:
        page = visit(name).get(talking)
        assert page.status_code == 200 and "characters, by fold" not in page.text


def test_nothing_printed_says_so(visit, scored):
    assert "Nothing printed" in visit("alice").get(f"/submissions/{scored.slug}/printed").text
