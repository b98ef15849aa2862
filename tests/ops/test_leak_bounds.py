"""The table of what a submission can carry out is that of docs/security.md, and follows the rules it names."""

from dataclasses import replace
from pathlib import Path

from databoard.kits import EventSpec
from databoard.ops import leak_bounds
from databoard.services.submissions import quota

SECURITY = Path(__file__).resolve().parents[2] / "docs" / "security.md"
SPEC = EventSpec("event", "problem", "title", scores=())


def bits(**settings):
    return {bound.channel: bound.bits_per_day for bound in leak_bounds.leak_bounds(replace(SPEC, **settings))}


def test_the_document_shows_the_table_of_the_default_limits():
    text = SECURITY.read_text()
    for b in leak_bounds.default_bounds():
        row = (
            f"| {b.channel} | {b.knows} | {b.bits:,} | {b.per_day:,} | {b.bits_per_day:,} | {b.bounded_by} |"
        )
        assert row in text.splitlines()
    hidden = leak_bounds.hidden_bits_per_day(leak_bounds.default_bounds())
    assert f"{hidden:,} bits of the hidden rows" in text


def test_a_stricter_rule_of_the_event_lowers_the_bound():
    plain = bits()
    printed = "printed lines of a scored submission"
    assert bits(log_limit_bytes=1024)[printed] < plain[printed]
    slower = bits(min_duration_between_submissions_s=3600)
    assert all(slower[name] <= plain[name] for name in plain) and slower[printed] == plain[printed] // 4


def test_fewer_failures_a_day_lower_the_bound(monkeypatch):
    plain = bits()
    monkeypatch.setattr(quota, "MAX_FAILURES_PER_DAY", 10)
    assert 10 * bits()["error on the hidden rows"] == plain["error on the hidden rows"]


def test_an_error_on_the_hidden_rows_can_tell_twenty_bits():
    (bound,) = [b for b in leak_bounds.default_bounds() if b.channel == "error on the hidden rows"]
    assert (bound.bits, bound.bits_per_day) == (20, 2000)
