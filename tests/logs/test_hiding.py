"""What no log holds, whatever logs it: planted secrets, code of participants, labels."""

import json
import logging

import pytest

from databoard.logs.hiding import MAX_CHARACTERS, Hider
from databoard.logs.lines import JSONLines, TextLines

SECRET = "planted-secret-of-the-server"
CODE = "import os\n\n\nclass Classifier:\n    planted_code = os.environ\n"
LABELS = ["planted_label_a", "planted_label_b", "planted_label_c"]
PLANTED = (SECRET, "planted_code", "planted_label", "planted-password", "0.1234567", "$argon2")


def as_records():
    """Yield records that hold what was planted, in words, arguments and exceptions."""
    texts = [
        f"the key is {SECRET}",
        "cannot connect to postgresql://databoard:planted-password@db/x",
        "hash $argon2id$v=19$planted",
        "form password=planted-password&login=x",
        "header Authorization: Bearer planted-password",
        "{'csrf_token': 'planted-password'}",
        f"submitted\n{CODE}",
        f"expected labels, got {LABELS}",
        "y_true = [[0.1234567 0.2], [0.1234567 0.4]]",
        "y_true = [0.1234567 0.2 0.3\n 0.1234567]",
    ]
    for text in texts:
        yield logging.makeLogRecord({"msg": "%s", "args": (text,), "levelname": "ERROR"})
        yield logging.makeLogRecord({"msg": "fault", "exc_info": exception(text), "levelname": "ERROR"})
    yield logging.makeLogRecord(
        {"msg": "fault", "exc_info": exception_of_a_submission(), "levelname": "ERROR"}
    )


def exception(text):
    try:
        try:
            raise ValueError(text)
        except ValueError as error:
            raise RuntimeError(f"again: {text}") from error
    except RuntimeError as error:
        return type(error), error, error.__traceback__


def exception_of_a_submission():
    """Return the exception of a file that is not the server's; its line is code of a participant."""
    import linecache

    source = "planted_code = 1 / 0\n"
    linecache.cache["/kits/classifier.py"] = (len(source), None, [source], "/kits/classifier.py")
    try:
        exec(compile(source, "/kits/classifier.py", "exec"))
    except ZeroDivisionError as error:
        return type(error), error, error.__traceback__


@pytest.mark.parametrize("form", [TextLines, JSONLines])
def test_nothing_that_was_planted_is_in_a_line(form):
    lines = form(Hider((SECRET,)))
    written = [lines.format(record) for record in as_records()]
    assert len(written) > 20
    assert [(text, word) for text in written for word in PLANTED if word in text] == []
    assert "classifier.py" in written[-1] and "ZeroDivisionError" in written[-1]


def test_a_line_of_the_server_stays_readable():
    record = logging.makeLogRecord({"msg": "job %s: expected shape (150, 3), got (150,)", "args": (12,)})
    assert TextLines(Hider()).format(record).endswith("job 12: expected shape (150, 3), got (150,)")
    lines = TextLines(Hider()).format(
        logging.makeLogRecord({"msg": "fault", "exc_info": exception("a word")})
    )
    assert lines.splitlines()[-1] == "    RuntimeError: again: a word" and "ValueError: a word" in lines


def test_nobody_forges_a_line_or_sends_commands_to_a_terminal():
    text = TextLines(Hider()).format(logging.makeLogRecord({"msg": "GET /\x1b[2J\r\n2026 ERROR x"}))
    assert len(text.splitlines()) == 1 and "\x1b" not in text and "2026 ERROR" not in text
    assert len(TextLines(Hider()).format(logging.makeLogRecord({"msg": "x" * 10**6}))) < MAX_CHARACTERS + 100


def test_json_lines_hold_time_level_and_the_number_of_the_job():
    facts = {
        "msg": "done",
        "levelname": "INFO",
        "name": "databoard.worker",
        "mark": "job 12",
        "source": "worker",
    }
    line = json.loads(JSONLines(Hider()).format(logging.makeLogRecord({**facts, "created": 0.0})))
    known = {
        "time": "1970-01-01T00:00:00.000Z",
        "level": "INFO",
        "job": "12",
        "source": "worker",
        "message": "done",
    }
    assert known.items() <= line.items()
