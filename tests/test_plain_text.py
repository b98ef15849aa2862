"""Text that shows all it holds."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databoard.plain_text import strip_controls

#: Of Unicode's categories: control, format, surrogate, private use, separators of lines and paragraphs.
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
#: Seen by nobody, whatever their category: the marks and letters among Unicode's Default_Ignorable_Code_Point but
#: the two variation selectors that choose between text and emoji.
IGNORABLE = {
    0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164, *range(0xFE00, 0xFE0E), 0xFFA0,
    *range(0xFFF0, 0xFFFC), *range(0xE0000, 0xE1000),
}  # fmt: skip


def test_every_character_goes_that_nobody_sees_and_no_other():
    assert strip_controls("\n\t") == "\n\t"
    for code in set(range(sys.maxunicode + 1)) - {9, 10, 13}:
        category = unicodedata.category(chr(code))
        if category != "Cn":  # what this Python does not know yet may be either
            is_unseen = category in UNSEEN or code in IGNORABLE
            assert (strip_controls(chr(code)) == "") is is_unseen, hex(code)


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_left_of_a_text_is_plain_and_can_be_encoded(text):
    left = strip_controls(text)
    assert all(c in "\n\t" or c >= " " for c in left) and left.encode()[:0] == b""
    assert strip_controls(left) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\x1b[31mred\x1b[0m\r\nnext\rline", "red\nnext\nline"),
        ("\ud800a\udfffb\U0001f600", "ab\U0001f600"),
        ("user\u202e\u2066 resu\u2069", "user resu"),
        ("a" + "".join(chr(0xE0000 + ord(c)) for c in "hidden") + "b", "ab"),
        ("x" + "".join(chr(0xE0100 + byte) for byte in b"hidden"), "x"),
        ("ze\u200bro\u200c wi\u200ddth\ufeff", "zero width"),
        (
            "Łódź, 日本語, ελληνικά, עברית, ❤\ufe0f ☺\ufe0e 👩\u200d🔬",
            "Łódź, 日本語, ελληνικά, עברית, ❤\ufe0f ☺\ufe0e 👩🔬",
        ),
    ],
)
def test_texts_are_left_readable(text, left):
    assert strip_controls(text) == left
