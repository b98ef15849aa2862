"""The records of the log files: which are shown, in which order, and those that come."""

import logging
import threading
from itertools import islice

import pytest

from databoard.logs import reading
from databoard.logs.files import SharedLogFile
from databoard.logs.hiding import Hider
from databoard.logs.lines import JSONLines, TextLines

ALL = ("web", "worker", "ops")


def write(folder, source, *facts, form=TextLines, max_bytes=10**6):
    handler = SharedLogFile(folder / f"{source}.log", max_bytes=max_bytes, n_older=5)
    handler.setFormatter(form(Hider()))
    for created, level, text in facts:
        record = logging.makeLogRecord({"msg": text, "levelname": level, "created": created, "name": "x"})
        if level == "ERROR":
            record.exc_info = (ValueError, ValueError("because"), None)
        handler.emit(record)
    handler.close()


def words(entries):
    return [entry.text.splitlines()[0].rpartition(" ")[2].strip('"}') for entry in entries]


@pytest.mark.parametrize("form", [TextLines, JSONLines])
def test_the_last_records_of_all_sources_come_in_the_order_of_time(tmp_path, form):
    write(tmp_path, "web", (1, "INFO", "one"), (4, "ERROR", "four"), form=form)
    write(tmp_path, "worker", (2, "WARNING", "two"), (3, "DEBUG", "three"), form=form)
    last = reading.last_entries(tmp_path, ALL, level="DEBUG", n=3)
    assert [(entry.source, entry.level) for entry in last] == [
        ("worker", "WARNING"),
        ("worker", "DEBUG"),
        ("web", "ERROR"),
    ]
    (error,) = reading.last_entries(tmp_path, ALL, level="ERROR", n=50)
    assert "four" in error.text and "ValueError: because" in error.text
    assert len(reading.last_entries(tmp_path, ("worker",), level="WARNING", n=50)) == 1


def test_older_files_are_read_as_far_as_needed(tmp_path):
    write(tmp_path, "web", *((number, "INFO", f"n{number}") for number in range(30)), max_bytes=500)
    last = reading.last_entries(tmp_path, ALL, level="INFO", n=25)
    assert words(last) == [f"n{number}" for number in range(5, 30)]


def test_what_comes_is_shown_over_a_rotation(tmp_path):
    write(tmp_path, "web", (1, "INFO", "before"))
    shown = reading.follow(tmp_path, ALL, level="INFO")
    found = []
    reader = threading.Thread(target=lambda: found.extend(islice(shown, 21)))
    first = threading.Event()
    original = reading.time.sleep
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading.time, "sleep", lambda seconds: (first.set(), original(0.01)))
        reader.start()
        assert first.wait(30)
        write(tmp_path, "worker", (5, "INFO", "new"))
        for number in range(10, 30):
            write(tmp_path, "web", (number, "INFO", f"n{number}"), max_bytes=1000)
            original(0.02)
        reader.join(30)
    assert sorted(words(found)) == sorted(["new", *(f"n{number}" for number in range(10, 30))])
