"""Decode every text that people upload, from any system, or refuse it with line and advice.

Called wherever an organiser or a participant hands in a text: kits, sandboxes, deposits, ``databoard test``. Runs in
kit environments too; knows no other room, so the caller says which exception a refusal is.

What is accepted: UTF-8 with or without a byte order mark, lines that end with LF, CRLF or CR. What comes out: UTF-8
without the mark, lines that end with LF. A coding cookie of Python (PEP 263) is honoured, then it says ``utf-8``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

#: Exact words, because people search for them.
NOTEBOOK_ADVICE = "export it as a Python script: jupyter nbconvert --to script"
_SAVE_AS_UTF8 = "Save the file as UTF-8."
_BOM = b"\xef\xbb\xbf"
_WIDE_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")  # the latter is an empty archive
_COOKIE = re.compile(r"([ \t\f]*#.*?coding[:=][ \t]*)([-\w.]+)", re.ASCII)
_COMMENT = re.compile(r"[ \t\f]*(?:#|$)")
_UTF8 = re.compile(r"utf[-_]?8", re.IGNORECASE)
#: Encodings that editors write. Others that Python knows (punycode, unicode_escape) are no way to save a file.
_HONOURED = re.compile(
    r"(?:us-)?ascii|(?:iso-)?latin-?\d{1,2}|(?:iso-?)?8859-?\d{1,2}|(?:cp|windows-)125\d|cp(?:437|85[0258]|866)"
    r"|cp(?:932|936|949|950)|mac-?roman|koi8-[ru]|s(?:hift-?)?jis|euc-?(?:jp|kr)|gb(?:2312|k|18030)|big5",
    re.IGNORECASE,
)
_NOTEBOOK_HEAD = re.compile(r'\s*\{\s*"')
_NOTEBOOK_CELLS = re.compile(r'\s*\{\s*"cells"\s*:\s*\[\s*\{')


@dataclass(frozen=True)
class TextFault:
    """Why a file is not the text that was expected.

    Attributes
    ----------
    line : int or None
        From 1; ``None`` when the whole file is of another kind.
    what : str
        What was expected, and what came; no full stop.
    remedy : str
        What to do, a sentence.
    """

    line: "int | None"
    what: str
    remedy: str

    def about(self, name: str) -> str:
        """Return the fault as a message about the file ``name``."""
        place = f", line {self.line}" if self.line else ""
        return f"{name}{place}: {self.what}. {self.remedy}"


def read(path: Path, name: str, *, refusal: Callable[[str], Exception]) -> str:
    """Return the text of the file at ``path``, which messages call ``name``; raise as :func:`decode`."""
    return decode(path.read_bytes(), name, refusal=refusal)


def decode(
    content: bytes,
    name: str,
    *,
    refusal: Callable[[str], Exception],
    max_bytes: "int | None" = None,
    instead: str = "submit the file itself",
) -> str:
    """Return the text that ``content`` is.

    Parameters
    ----------
    name : str
        What messages call the file; a name that ends with ``.py`` is Python.
    refusal : callable
        Takes a message, returns the exception to raise.
    max_bytes : int, optional
        Most bytes that it may have, both as it came and as UTF-8.
    instead : str
        What to do in place of handing in a zip.

    Raises
    ------
    Exception
        What ``refusal`` returns, when ``content`` is no text or too large.
    """
    fault = (
        _container_fault(content, instead)
        or _size_fault(len(content), max_bytes)
        or _bytes_fault(content, name)
    )
    if fault is not None:
        raise refusal(fault.about(name))
    text = content.removeprefix(_BOM).decode(_encoding(content, name))
    return normalise(text, name, refusal=refusal, max_bytes=max_bytes)


def normalise(
    text: str, name: str, *, refusal: Callable[[str], Exception], max_bytes: "int | None" = None
) -> str:
    """Return ``text``, as it was typed or pasted, with the line ends of a text file; raise as :func:`decode`."""
    text = _with_line_feeds(text.removeprefix("\ufeff"))
    fault = _notebook_fault(text) or _characters_fault(text)
    if fault is None:
        text = _with_cookie_of_utf8(text) if name.endswith(".py") else text
        fault = _size_fault(len(text.encode()), max_bytes)
    if fault is not None:
        raise refusal(fault.about(name))
    return text


def fault_of(content: bytes, name: str) -> "TextFault | None":
    """Return why ``content`` is no text; ``None`` when :func:`decode` would return it."""
    fault = _container_fault(content, "put the file itself there") or _bytes_fault(content, name)
    if fault is not None:
        return fault
    text = content.removeprefix(_BOM).decode(_encoding(content, name))
    return _characters_fault(_with_line_feeds(text))


def refuse_container(content: bytes, name: str, *, refusal: Callable[[str], Exception], instead: str) -> None:
    """Refuse a zip archive and a Jupyter notebook by the first bytes of a file, whatever its name is."""
    fault = _container_fault(content, instead)
    if fault is not None:
        raise refusal(fault.about(name))


def decode_anyhow(content: bytes) -> str:
    """Return the text of a file that is only looked at, line by line: as UTF-8, else as Latin-1."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return _with_line_feeds(text)


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _container_fault(content: bytes, instead: str) -> "TextFault | None":
    if content.startswith(_ZIP_MARKS):
        return TextFault(None, "Expected a text file, got a zip archive", f"Unpack it and {instead}.")
    if content.removeprefix(_BOM).lstrip()[:1] == b"{":
        return _notebook_fault(content.decode("utf-8-sig", "replace"))
    return None


def _notebook_fault(text: str) -> "TextFault | None":
    """Look at the content: JSON with the key that every notebook has, or the beginning of such."""
    if _NOTEBOOK_HEAD.match(text) is None:
        return None
    is_whole = '"nbformat"' in text and ('"cells"' in text or '"worksheets"' in text)
    is_begun = _NOTEBOOK_CELLS.match(text) is not None and '"cell_type"' in text
    if not (is_whole or is_begun):
        return None
    return TextFault(
        None,
        f"Expected a Python script, got a Jupyter notebook; {NOTEBOOK_ADVICE}",
        "Then submit the script.",
    )


def _size_fault(n_bytes: int, max_bytes: "int | None") -> "TextFault | None":
    if max_bytes is None or n_bytes <= max_bytes:
        return None
    return TextFault(None, f"Expected a file of at most {max_bytes:,} bytes, got more", "Make it smaller.")


def _bytes_fault(content: bytes, name: str) -> "TextFault | None":
    wide = next((encoding for mark, encoding in _WIDE_MARKS if content.startswith(mark)), None)
    if wide is not None:
        return TextFault(1, f"Expected UTF-8 text, got {wide}", _SAVE_AS_UTF8)
    if b"\0" in content:
        line = _line_at(content, content.index(b"\0"))
        what = "Expected UTF-8 text, got a NUL byte, as in UTF-16 or a file that is no text"
        return TextFault(line, what, _SAVE_AS_UTF8)
    encoding = _encoding(content, name)
    try:
        content.removeprefix(_BOM).decode(encoding)
    except UnicodeDecodeError as error:
        wanted = "UTF-8 text" if encoding == "utf-8" else f"text in {encoding}, as the coding cookie says"
        body = content.removeprefix(_BOM)
        what = f"Expected {wanted}, got the byte 0x{body[error.start]:02X}{_meaning(body[error.start])}"
        return TextFault(_line_at(body, error.start), what, _SAVE_AS_UTF8)
    return None


def _characters_fault(text: str) -> "TextFault | None":
    """``text`` has lines that end with LF."""
    for number, line in enumerate(text.split("\n"), start=1):
        if "\0" in line:
            return TextFault(
                number, "Expected text, got a NUL character", "Submit binary content as a data file instead."
            )
        if any("\ud800" <= character <= "\udfff" for character in line):
            return TextFault(
                number, "Expected text, got half of a character (a lone surrogate)", "Type it again."
            )
    return None


def _meaning(byte: int) -> str:
    character = bytes([byte]).decode("cp1252", "replace")
    return f" (“{character}” in Latin-1)" if character.isprintable() and character != "\ufffd" else ""


def _line_at(content: bytes, position: int) -> int:
    before = content[:position].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1


def _encoding(content: bytes, name: str) -> str:
    """Return in which encoding the bytes of a file are: what its coding cookie says, else UTF-8."""
    if content.startswith(_BOM) or not name.endswith(".py"):
        return "utf-8"
    found = _cookie(re.split(r"\r\n|\r|\n", content.decode("latin-1"), maxsplit=2)[:2])
    if found is None or not _HONOURED.fullmatch(found[1][2].replace("_", "-")):
        return "utf-8"
    try:
        "".encode(found[1][2])
    except LookupError:  # there is no latin-99
        return "utf-8"
    return found[1][2]


def _with_cookie_of_utf8(text: str) -> str:
    """Let the coding cookie, if there is one, say what is true of the text now."""
    lines = text.split("\n", 2)
    found = _cookie(lines[:2])
    if found is None or _UTF8.fullmatch(found[1][2]):
        return text
    number, cookie = found
    lines[number] = f"{cookie[1]}utf-8{lines[number][cookie.end() :]}"
    return "\n".join(lines)


def _cookie(lines: "list[str]") -> "tuple[int, re.Match[str]] | None":
    """Return where the coding cookie of Python is, and its match; it stands in the first two lines."""
    for number, line in enumerate(lines):
        found = _COOKIE.match(line)
        if found:
            return number, found
        if _COMMENT.match(line) is None:
            return None
    return None
