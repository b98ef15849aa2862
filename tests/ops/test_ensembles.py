"""What blending tells on the command line."""

from types import SimpleNamespace

import pytest

from databoard.ops.ensembles import _summary


@pytest.mark.parametrize(("score", "text"), [(0.987654, "0.9877"), (None, "–")])
def test_the_summary_tells_score_and_shares_also_when_no_row_was_covered(score, text):
    rows = [SimpleNamespace(name="a", contributivity=0.25), SimpleNamespace(name="b", contributivity=0.75)]
    result = SimpleNamespace(combined_valid={"acc": score})
    assert (
        _summary("iris", rows, result, "acc") == f"iris: combined acc {text}; contributivity b 75 %, a 25 %."
    )


def test_the_summary_tells_that_nothing_is_scored():
    assert _summary("iris", [], None, "acc") == "iris: nothing is scored yet; contributivities are zero."
