"""The log keeps head and tail."""

from hypothesis import given
from hypothesis import strategies as st

from databoard.jail.log import BoundedLog


def log_of(*parts, keep_bytes=10):
    log = BoundedLog(keep_bytes)
    for part in parts:
        log.add(part)
    return log


def test_a_short_log_is_kept_whole():
    assert log_of(b"abc", b"defg").text() == "abcdefg"


def test_a_long_log_keeps_its_head_and_tail():
    assert log_of(b"abcdef" + b"x" * 100, b"uvwxyz").text() == "abcde\n[… 102 bytes left out …]\nvwxyz"


def test_what_comes_after_the_end_is_counted_only():
    log = log_of(b"abc")
    log.stop_keeping()
    log.add(b"hidden")
    assert (log.text(), log.total_bytes) == ("abc", 9)


@given(st.lists(st.binary(max_size=40)), st.integers(1, 50))
def test_a_log_never_holds_much_more_than_it_keeps(parts, keep_bytes):
    log = log_of(*parts, keep_bytes=keep_bytes)
    assert len(log._head) + len(log._tail) <= 2 * keep_bytes + 2
    assert log.total_bytes == sum(map(len, parts))
