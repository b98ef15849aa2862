"""Guides, comments and docstrings are in plain English; the sentences of guides are short. Messages: `test_words`."""

import ast
import io
import re
import subprocess
import tokenize
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Words that stop such a reader, with what to write instead.
INSTEAD = {
    r"anew": "again",
    r"whoever": "anyone who, the process that",
    r"reckon(?:s|ed|ing|ings)?": "compute, forecast",
    r"mend(?:s|ed|ing)?": "fix",
    r"of\s+ours": "name the owner: of the server, of databoard",
}
BANNED = re.compile(rf"\b(?:{'|'.join(INSTEAD)})\b", re.I)
MAX_WORDS = 30
#: Code of participants, whose words are theirs; the two laws, which name the words.
FOREIGN = (
    "tests/gallery/",
    "tests/runner/fast_fail/",
    "tests/laws/test_guides.py",
    "tests/laws/test_words.py",
    "migrations/versions/",
)


@cache
def committed():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(
        name for name in listed.splitlines() if not name.startswith(FOREIGN) and (ROOT / name).is_file()
    )


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def guides():
    """Return the pages for people: those at the root, and all of docs/."""
    return [name for name in committed() if re.fullmatch(r"[A-Z]+\.md|docs/.*\.md", name)]


# Banned words


def changes_of_the_next_release(text):
    """Return the part of a changelog that is not released yet: what was released stays as it was."""
    (part,) = re.findall(r"^## Unreleased.*?(?=^## |\Z)", text, re.M | re.S) or [""]
    return part


def words_of_python(source):
    """Yield each text of a program that a developer reads: its comments and docstrings, and its other strings."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not node.value.isidentifier():
            yield re.sub(r"^ *\w+ : ", "", node.value, flags=re.M)  # the name of a parameter
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def words_of(name):
    """Return the words in a file that are ours to choose."""
    if name == "CHANGELOG.md":
        return changes_of_the_next_release(read(name))
    return "\n\n".join(words_of_python(read(name))) if name.endswith(".py") else read(name)


def banned_in(name):
    return [f"{name}: {' '.join(word.split())}" for word in BANNED.findall(words_of(name))]


def test_no_guide_uses_a_word_that_stops_a_reader():
    assert [found for name in guides() for found in banned_in(name)] == []


def test_no_comment_or_docstring_uses_one():
    kinds = (".py", ".js", ".css", ".toml", "Makefile")
    names = [name for name in committed() if name.endswith(kinds) and "/vendor/" not in name]
    assert len(names) > 500
    assert [found for name in names for found in banned_in(name)] == []


@pytest.mark.parametrize(
    "source",
    [
        '"""Score anew."""',
        "x = 1  # whoever asks",
        'raise ValueError(f"Mend {x}")',
        '"""A call of\n    ours."""',
    ],
)
def test_the_law_reads_comments_docstrings_and_strings(source):
    assert len(BANNED.findall("\n".join(words_of_python(source)))) == 1


def test_the_law_leaves_names_alone():
    assert list(words_of_python("mend = row['mend']")) == []


# Long sentences


def blocks(text):
    """Yield each paragraph, heading and list entry of a Markdown text, without code, tables and targets of links."""
    text = re.sub(r"^( *)(```|~~~).*?^\1\2$", "", text, flags=re.M | re.S)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r"^ *(?:\|.*|\[[^]]+\]: .*)$", "", text, flags=re.M)  # tables, targets of references
    text = re.sub(r"`[^`]+`", "CODE", text)
    text = re.sub(r"!?\[([^]]*)\](?:\([^)]*\)|\[[^]]*\])", r"\1", text)
    for block in re.split(r"\n\s*\n|\n(?= *(?:[*-]|\d+\.) )|\n(?=#)|(?<=\n)(?=#)", text):
        yield " ".join(re.sub(r"^ *(?:[*-]|\d+\.|#+) ", "", block.strip("\n")).replace("*", "").split())


#: Between two sentences; the point of an initial (A. Horváth) ends none.
BREAK = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][)”]))(?<!\b[A-Z]\.)\s+(?=[^a-z\s])")


def sentences(text):
    """Yield each sentence of the blocks of a text."""
    for block in blocks(text):
        yield from filter(None, BREAK.split(block))


def n_words(sentence):
    return len(re.findall(r"[^\W_]\S*", sentence))


def test_no_sentence_of_a_guide_is_longer_than_a_breath():
    long = [
        f"{name}: {n}: {sentence}"
        for name in guides()
        if name != "CHANGELOG.md"
        for sentence in sentences(read(name))
        if (n := n_words(sentence)) > MAX_WORDS
    ]
    assert long == []


MARKDOWN = """# A title

One fact. Two, by A. Horváth (see [the long text of a link](https://example.org/a/b/c)).
**Three.** `code of many words` is
four.

* five
* six! Seven?

| a | b |
|---|---|

```
eight. nine.
```
"""


def test_sentences_are_found_in_markdown():
    found = {sentence: n_words(sentence) for sentence in sentences(MARKDOWN)}
    assert found == {
        "A title": 2,
        "One fact.": 2,
        "Two, by A. Horváth (see the long text of a link).": 11,
        "Three.": 1,
        "CODE is four.": 3,
        "five": 1,
        "six!": 1,
        "Seven?": 1,
    }
