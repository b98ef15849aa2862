"""The order of a parallel run: whole units, the longest first, and something to compute at every moment."""

from tests import order

SHARED, SHARED_FOLDER, SINGLE = "tests/views/test_event.py", order.TOGETHER[0], order.SINGLE[0]
WAITS = ["tests/gallery/test_gallery.py", *(f"tests/jail/test_{letter}.py" for letter in "abcdef")]
COMPUTES = ["tests/browser/test_admin.py", *(f"tests/views/test_{letter}.py" for letter in "abcdef")]


def test_the_tests_of_a_file_stay_together_and_long_ones_are_dealt_out_alone():
    assert {order.unit_of(f"{SHARED}::test_{letter}[x::y]") for letter in "ab"} == {SHARED}
    assert {order.unit_of(f"{SHARED_FOLDER}test_{letter}.py::test") for letter in "ab"} == {SHARED_FOLDER}
    assert order.unit_of(f"{SINGLE}[a]") != order.unit_of(f"{SINGLE}[b]")


def test_of_each_kind_the_longest_begins():
    found = order.ordered([*reversed(COMPUTES), *reversed(WAITS)])
    assert sorted(found) == sorted([*COMPUTES, *WAITS])
    for kind in (WAITS, COMPUTES):
        seconds = [order.seconds_of(unit) for unit in found if unit in kind]
        assert seconds == sorted(seconds, reverse=True)


def test_both_kinds_begin_at_once_and_last_to_the_end():
    found = order.ordered([*COMPUTES, *WAITS])
    assert {unit in WAITS for unit in found[:2]} == {unit in WAITS for unit in found[-4:]} == {True, False}


def test_what_is_dealt_out_alone_is_there():
    files = {name.partition("::")[0] for name in (*order.SINGLE, *order.TOGETHER, *order.SECONDS)}
    assert [name for name in files if not list(order.ROOT.glob(f"{name}*"))] == []
