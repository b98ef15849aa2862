"""The log keeps head and tail."""

from hypothesis import given
from hypothesis import strategies as st

from databoard.jail import strip_controls
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


@given(st.text(st.characters(exclude_categories=())))
def test_no_control_character_comes_through(text):
    assert all(c in "\n\t" or c >= " " for c in strip_controls(text))


def test_what_is_left_of_a_text_can_be_encoded():
    assert strip_controls("\ud800a\udfffb\U0001f600").encode() == "ab\U0001f600".encode()


def test_escapes_go_with_their_arguments():
    assert strip_controls("\x1b[31mred\x1b[0m\r\nnext\rline") == "red\nnext\nline"
