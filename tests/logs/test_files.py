"""One log file that several processes write and rotate: every line is in it, whole and once."""

import logging
import subprocess
import sys
from pathlib import Path

from databoard.logs.files import SharedLogFile, older

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import logging, sys
from pathlib import Path
from databoard.logs.files import SharedLogFile
logger = logging.getLogger("writer")
logger.addHandler(SharedLogFile(Path(sys.argv[1]), max_bytes=10_000, n_older=100))
for number in range(1000):
    logger.error("process %s line %s %s", sys.argv[2], number, "x" * (number % 200))
"""


def records(*texts):
    return [logging.makeLogRecord({"msg": text, "levelno": logging.INFO}) for text in texts]


def test_processes_that_write_and_rotate_one_file_at_once_lose_no_line(tmp_path):
    path = tmp_path / "logs" / "web.log"
    commands = [[sys.executable, "-c", WRITER, str(path), str(number)] for number in range(4)]
    writers = [subprocess.Popen(command, cwd=ROOT) for command in commands]
    assert [writer.wait() for writer in writers] == [0] * 4
    files = [path, *(older(path, number) for number in range(1, 101))]
    lines = [line for file in files if file.exists() for line in file.read_text().splitlines()]
    words = {
        f"process {writer} line {number} {'x' * (number % 200)}"
        for writer in range(4)
        for number in range(1000)
    }
    assert len(lines) == 4000 and set(lines) == words
    assert len([file for file in files if file.exists()]) > 10


def test_no_more_than_so_many_older_files_are_kept(tmp_path):
    handler = SharedLogFile(tmp_path / "web.log", max_bytes=10, n_older=2)
    for record in records("first line", "second line", "third line", "fourth line"):
        handler.emit(record)
    handler.close()
    kept = {file.name: file.read_text() for file in tmp_path.glob("web.log.[0-9]*")}
    assert kept == {"web.log.1": "fourth line\n", "web.log.2": "third line\n"}


def test_a_file_that_was_moved_away_or_removed_is_made_again(tmp_path):
    path = tmp_path / "web.log"
    handler = SharedLogFile(path, max_bytes=10_000, n_older=2)
    one, two, three = records("one", "two", "three")
    handler.emit(one)
    path.rename(tmp_path / "moved")
    handler.emit(two)
    path.unlink()
    handler.emit(three)
    handler.close()
    assert (tmp_path / "moved").read_text() == "one\n" and path.read_text() == "three\n"
    assert path.stat().st_mode & 0o077 == 0


def test_a_full_disk_and_a_missing_home_stop_nothing(tmp_path, capsys):
    for path in (Path("/dev/full"), tmp_path / "no_home" / "logs" / "web.log"):
        handler = SharedLogFile(path, max_bytes=10_000, n_older=2)
        handler.emit(records("lost")[0])
        handler.close()
    assert capsys.readouterr().err == "" and not (tmp_path / "no_home").exists()
