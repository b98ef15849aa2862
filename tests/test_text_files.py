"""One way to read a text that somebody hands in, and one way to refuse what is none."""

import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databoard import text_files
from databoard.errors import RuleError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NOTEBOOK = {"cells": [{"cell_type": "code", "source": ["import os"]}], "nbformat": 4}


def decode(content, name="classifier.py", **options):
    return text_files.decode(content, name, refusal=RuleError, **options)


def refusal(content, name="classifier.py", **options):
    with pytest.raises(RuleError) as caught:
        decode(content, name, **options)
    return str(caught.value)


def an_archive(name="classifier.py"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "x = 1\n")
    return buffer.getvalue()


@given(TEXT, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from([b"", b"\xef\xbb\xbf"]))
def test_a_text_is_the_same_whatever_system_it_was_saved_on(text, line_end, mark):
    text = text.replace("\r", "").removeprefix("\ufeff")
    assert decode(mark + text.replace("\n", line_end).encode(), "README.md") == text


@given(TEXT)
def test_what_was_read_once_is_read_again_as_it_is(text):
    once = text_files.normalise(text, "classifier.py", refusal=RuleError)
    is_marked = once.startswith("\ufeff")  # of several marks each reading drops one
    assert is_marked or decode(once.encode()) == once


@given(st.binary(), st.sampled_from(["classifier.py", "README.md"]))
def test_bytes_are_text_or_refused_and_nothing_else_happens(content, name):
    fault = text_files.fault_of(content, name)
    if fault is None:
        assert not {"\r", "\0"} & set(decode(content, name))
    else:
        assert refusal(content, name).startswith(name)
    assert isinstance(text_files.decode_anyhow(content), str)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            b"a\r\nb\rc\n\xe9",
            ", line 4: Expected UTF-8 text, got the byte 0xE9 (“é” in Latin-1). Save the file",
        ),
        (
            "é\n".encode() + b"\x81",
            ", line 2: Expected UTF-8 text, got the byte 0x81. Save the file as UTF-8.",
        ),
        ("x = 1\n".encode("utf-16"), ", line 1: Expected UTF-8 text, got UTF-16. Save the file as UTF-8."),
        ("x = 1\n".encode("utf-32"), ", line 1: Expected UTF-8 text, got UTF-32. Save the file as UTF-8."),
        ("x = 1\n".encode("utf-16-le"), ", line 1: Expected UTF-8 text, got a NUL byte, as in UTF-16 or"),
        (b"x\r\n\r\n\0", ", line 3: Expected UTF-8 text, got a NUL byte"),
        (b"x\n\xed\xa0\x80", ", line 2: Expected UTF-8 text, got the byte 0xED"),
    ],
)
def test_other_bytes_are_refused_with_file_line_and_remedy(content, told):
    assert refusal(content).startswith(f"classifier.py{told}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\nb\0", "line 2: Expected text, got a NUL"),
        ("a\n\nb\ud800", "line 3: Expected text, got half of a"),
    ],
)
def test_what_is_typed_is_checked_too(text, told):
    with pytest.raises(RuleError, match=told):
        text_files.normalise(text, "classifier.py", refusal=RuleError)


# Containers


@pytest.mark.parametrize("name", ["classifier.py", "notes.txt", "README.md"])
@pytest.mark.parametrize("indent", [None, 1])
def test_a_notebook_is_known_by_its_content(name, indent):
    text = json.dumps(NOTEBOOK, indent=indent)
    for content in (text.encode(), b"\xef\xbb\xbf" + text.encode(), f"\r\n {text}".encode()):
        assert "export it as a Python script: jupyter nbconvert --to script" in refusal(content, name)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(NOTEBOOK)[:60],
        json.dumps({"nbformat": 4, "cells": []}),
        json.dumps({"metadata": {}, "nbformat": 3, "worksheets": [{"cells": []}]}),
    ],
)
def test_half_a_notebook_an_empty_one_and_an_old_one_are_notebooks(text):
    assert "nbconvert" in refusal(text.encode())
    with pytest.raises(RuleError, match="nbconvert"):
        text_files.normalise(text, "classifier.py", refusal=RuleError)


@pytest.mark.parametrize(
    "text", ['{"cells": 3}', '{"a": "nbformat"}', "{}", "x = {'nbformat': 1, 'cells': 2}"]
)
def test_other_json_and_python_are_no_notebooks(text):
    assert decode(text.encode()) == text


@pytest.mark.parametrize(
    "content", [an_archive(), an_archive()[:30], b"PK\x05\x06" + b"\0" * 18], ids=["whole", "cut", "empty"]
)
def test_a_zip_is_known_by_its_content_and_says_what_to_do(content):
    told = refusal(content, instead="upload classifier.py")
    assert (
        told == "classifier.py: Expected a text file, got a zip archive. Unpack it and upload classifier.py."
    )


# Sizes


def test_limits_count_the_bytes_that_come_and_those_that_are_kept():
    assert decode("é".encode() * 5, max_bytes=10) == "é" * 5
    for content in ("é".encode() * 5 + b"x", b"\r\n" * 6, b"# coding: latin-1\n" + b"\xe9" * 9):
        assert "at most 10 bytes, got more" in refusal(content, max_bytes=10)
    grows = b"# coding: latin-1\n" + b"\xe9" * 9
    assert "at most 27 bytes, got more" in refusal(grows, max_bytes=len(grows))
    with pytest.raises(RuleError, match="at most 10 bytes"):
        text_files.normalise("é" * 6, "classifier.py", refusal=RuleError, max_bytes=10)


def test_a_notebook_that_is_too_large_is_told_to_be_a_notebook():
    assert "nbconvert" in refusal(json.dumps(NOTEBOOK).encode(), max_bytes=10)


# Coding cookies


@pytest.mark.parametrize(
    ("cookie", "kept"),
    [
        ("# -*- coding: latin-1 -*-", "# -*- coding: utf-8 -*-"),
        ("# vim: set fileencoding=iso-8859-15 :", "# vim: set fileencoding=utf-8 :"),
        ("#!/usr/bin/python\n# coding=cp1252", "#!/usr/bin/python\n# coding=utf-8"),
        ("\n#coding:ISO_8859_1", "\n#coding:utf-8"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_coding_cookie_is_honoured_and_then_says_utf8(cookie, kept, line_end):
    source = f"{cookie}\nx = 'é'\n".replace("\n", line_end)
    assert decode(source.encode("latin-1")) == f"{kept}\nx = 'é'\n"


@pytest.mark.parametrize(
    ("encoding", "letter"),
    [
        ("shift_jis", "中"),
        ("gb18030", "中"),
        ("euc-kr", "한"),
        ("koi8-r", "я"),
        ("cp1251", "я"),
        ("mac_roman", "é"),
    ],
)
def test_what_python_reads_at_home_is_read_here(encoding, letter):
    source = f"# coding: {encoding}\nx = '{letter}'\n".encode(encoding)
    at_home, here = {}, {}
    exec(compile(source, "x", "exec"), at_home)
    exec(decode(source), here)
    assert here["x"] == at_home["x"] == letter


@pytest.mark.parametrize("encoding", ["latin-99", "nonsense", "punycode", "unicode_escape", "rot13", "utf-7"])
def test_another_cookie_is_dropped_and_the_bytes_are_utf8(encoding):
    assert decode(f"# coding: {encoding}\nx = 'é'\n".encode()) == "# coding: utf-8\nx = 'é'\n"
    assert "line 2: Expected UTF-8 text" in refusal(f"# coding: {encoding}\n".encode() + b"\xe9")


def test_a_pasted_cookie_says_utf8_because_the_text_is():
    pasted = "# -*- coding: latin-1 -*-\nx = 'é'\n"
    kept = text_files.normalise(pasted, "classifier.py", refusal=RuleError)
    assert kept == "# -*- coding: utf-8 -*-\nx = 'é'\n"


@pytest.mark.parametrize(
    "source",
    ["x = 1\n# coding: latin-1\n", "\n\n# coding: latin-1\n", "# coding: utf8\n", "# coding: UTF-8\n"],
)
def test_what_is_no_cookie_or_right_already_stays(source):
    assert decode(source.encode()) == source


def test_only_python_has_cookies_and_a_mark_is_stronger():
    assert decode(b"# coding: latin-1\n", "README.md") == "# coding: latin-1\n"
    assert decode(b"\xef\xbb\xbf# coding: latin-1\nx = '\xc3\xa9'\n") == "# coding: utf-8\nx = 'é'\n"
    assert "line 2: Expected text in ascii, as the coding cookie says, got" in refusal(
        b"# coding: ascii\n\xe9"
    )
