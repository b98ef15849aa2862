"""Colour Python that strangers wrote, in time proportional to its length.

A lexer that looks ahead or tries again can be made to work for minutes by a few kilobytes. This one is a single
pattern whose every branch keeps what it has read (possessive quantifiers), so that each character is read a bounded
number of times. It tells apart what the style sheet colours, by Pygments' token types; the rest is plain text.
"""

import builtins
import keyword
import re
from collections.abc import Iterator

from pygments.token import Comment, Keyword, Name, Number, Operator, String, Text

#: Above either, colours and line numbers cost more than they help.
MAX_CHARACTERS, MAX_LINES = 200_000, 10_000
PIECE = re.compile(
    r"""
      (?P<comment> \#[^\n]*+ )
    | (?P<prefix> (?: [rR][bBfF]? | [bBfF][rR]? | [uU] ) (?=['"]) )
    | (?P<long> \'\'\' (?: [^'\\]++ | \\. | '(?!'') )*+ (?:\'\'\')?+
              | \"\"\" (?: [^"\\]++ | \\. | "(?!"") )*+ (?:\"\"\")?+ )
    | (?P<single> ' (?: [^'\\\n]++ | \\. )*+ '?+ )
    | (?P<double> " (?: [^"\\\n]++ | \\. )*+ "?+ )
    | (?P<hex> 0[xX][0-9a-fA-F_]++ )
    | (?P<number> (?: [0-9][0-9_]*+ (?: \.[0-9_]*+ )?+ | \.[0-9][0-9_]*+ ) (?: [eE][+-]?[0-9][0-9_]*+ )?+ )
    | (?P<name> [^\W\d]\w*+ )
    | (?P<break> \n\s*+ )
    | (?P<space> [^\S\n]++ )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
TYPES = {
    "comment": Comment.Single,
    "prefix": String.Affix,
    "single": String.Single,
    "double": String.Double,
    "hex": Number.Hex,
}
KNOWN = {name: value for name, value in vars(builtins).items() if not name.startswith("_")}
#: What a name is wherever it stands, the later the stronger.
WORDS = {
    **{name: Name.Builtin for name, value in KNOWN.items() if callable(value)},
    **{
        name: Name.Exception
        for name, value in KNOWN.items()
        if isinstance(value, type) and issubclass(value, BaseException)
    },
    **dict.fromkeys(keyword.kwlist, Keyword),
    **dict.fromkeys(("and", "in", "is", "not", "or"), Operator.Word),
    **dict.fromkeys(("None", "True", "False"), Keyword.Constant),
    **dict.fromkeys(("from", "import"), Keyword.Namespace),
    **dict.fromkeys(("self", "cls"), Name.Builtin.Pseudo),
}
DECORATOR = "@ that begins a line"
#: What a name is after this word or sign.
AFTER = {"def": Name.Function, "class": Name.Class, ".": Text, DECORATOR: Name.Decorator}


def python_tokens(text: str) -> Iterator[tuple]:
    """Yield the text of a Python file in pieces: (token type of Pygments, piece); joined they are ``text``."""
    before, is_first = "", True  # the last word or sign, and whether the line has none yet
    for found in PIECE.finditer(text):
        kind, piece = found.lastgroup, found.group()
        yield _type_of(kind, piece, before, is_first), piece
        if kind == "break":
            is_first = True
        elif kind not in {"space", "comment"}:
            before, is_first = (DECORATOR if piece == "@" and is_first else piece), False


def is_too_large(text: str) -> bool:
    """Tell whether the text is shown plain, without colours and line numbers."""
    return len(text) > MAX_CHARACTERS or text.count("\n") > MAX_LINES


def _type_of(kind: str, piece: str, before: str, is_first: bool):
    if kind == "name":
        return _type_of_name(piece, before)
    if piece == "@" and is_first:
        return Name.Decorator
    if kind == "long":
        return String.Doc if is_first else String.Double
    if kind == "number":
        return Number.Integer if piece.replace("_", "").isdigit() else Number.Float
    return TYPES.get(kind, Text)


def _type_of_name(name: str, before: str):
    if before == "def" and name.startswith("__") and name.endswith("__"):
        return Name.Function.Magic
    return AFTER.get(before) or WORDS.get(name, Text)
