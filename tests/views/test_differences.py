"""The difference of two texts: complete, short, and cheap whatever the texts are."""

from hypothesis import given
from hypothesis import strategies as st

from databoard.views.differences import MAX_COMPARED_LINES, MAX_SHOWN_LINES, difference

TEXTS = st.lists(st.sampled_from(["a", "b", "", "x = 1"]), max_size=12).map("\n".join)


def shown(before, after):
    return [(line.kind, line.text) for line in difference(before, after)]


def test_a_changed_line_is_shown_between_three_that_are_alike():
    before = "\n".join(f"line {number}" for number in range(20))
    found = shown(before, before.replace("line 10", "line ten"))
    assert found[0] == ("left_out", "7 lines alike") and found[-1] == ("left_out", "6 lines alike")
    assert found[1:-1] == [
        *(("same", f"line {number}") for number in (7, 8, 9)),
        ("removed", "line 10"),
        ("added", "line ten"),
        *(("same", f"line {number}") for number in (11, 12, 13)),
    ]


@given(TEXTS, TEXTS)
def test_what_is_removed_and_added_leads_from_one_text_to_the_other(before, after):
    lines = shown(before, after)
    is_all = not any(kind == "left_out" for kind, _ in lines)
    if before == after:
        assert lines == []
    elif is_all:
        assert "\n".join(text for kind, text in lines if kind != "added") == before
        assert "\n".join(text for kind, text in lines if kind != "removed") == after


def test_long_stretches_are_shown_whole_and_cut():
    before = "\n".join("ab"[number % 2] for number in range(100_000))
    after = "\n".join("ba"[number % 3 == 0] for number in range(100_001))
    lines = shown(before, after)
    assert len(lines) == MAX_SHOWN_LINES + 1 and lines[-1][0] == "left_out"


def test_a_small_change_in_a_large_file_stays_small():
    before = "\n".join(map(str, range(MAX_COMPARED_LINES * 4)))
    assert len(shown(before, before.replace("\n700\n", "\nseven hundred\n"))) == 10
