"""Remove control and invisible characters from text.

For everything that a participant wrote and others read: output and errors of a run, code, what people say of
themselves. A text with invisible characters carries more than its reader sees, one with direction characters says
something else than its reader sees, one with escapes repaints an operator's terminal.
"""

import re

#: Terminal escapes with their arguments.
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]")
_UNSEEN = (
    # Unicode category Cc, control characters but newline and tab.
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"
    # Cf, format characters: direction, joiners, tags, signs that change the next ones, annotations.
    r"\xad\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    r"\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    # Zl and Zp, ends of lines that only some programs know.
    r"\u2028\u2029"
    # Cs and Co: halves of surrogate pairs, which no encoding can write; characters that mean what two agreed on.
    r"\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff"
    # Marks and letters that are shown as nothing: joiners of graphemes, fillers, variation selectors (but the two
    # that choose between text and emoji), and the whole block of tags, also where nothing is assigned yet.
    r"\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0d\uffa0\U000e0000-\U000e0fff"
)
_CLEANED = re.compile(f"[{_UNSEEN}]")


def strip_controls(text: str) -> str:
    """Return ``text`` without escapes, control, format and invisible characters; newlines and tabs stay.

    The result can always be encoded. An emoji made of several with joiners comes apart into them.
    """
    return _CLEANED.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
