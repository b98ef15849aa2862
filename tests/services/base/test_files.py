"""The file store: whole files or none."""

import hashlib
from io import BytesIO

import pytest

from databoard.errors import NotFound, RuleError
from databoard.services.base import files
from databoard.services.base.files import FileStore


@pytest.fixture
def empty(tmp_path):
    return FileStore(tmp_path / "home", tmp_path / "problems")


def on_disk(store):
    return [path for path in store.home.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [b"abc", BytesIO(b"abc")])
def test_content_lies_under_its_sha256(empty, content):
    stored = empty.put(content, max_bytes=3)
    assert (stored.sha256, stored.size_bytes) == (hashlib.sha256(b"abc").hexdigest(), 3)
    assert empty.read(stored.sha256) == b"abc"
    assert on_disk(empty) == [empty.home / "submissions" / stored.sha256[:2] / stored.sha256]


def test_the_same_content_is_kept_once(empty):
    assert empty.put(b"abc", max_bytes=9) == empty.put(b"abc", max_bytes=9)
    assert len(on_disk(empty)) == 1


def test_too_many_bytes_leave_nothing(empty):
    with pytest.raises(RuleError, match="at most 2 bytes"):
        empty.put(b"abc", max_bytes=2)
    assert on_disk(empty) == []


def test_a_stream_that_breaks_leaves_nothing(empty):
    class Broken:
        def read(self, n):
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        empty.put(Broken(), max_bytes=9)
    assert on_disk(empty) == []


def test_an_endless_stream_is_read_no_further_than_the_bound(empty, monkeypatch):
    monkeypatch.setattr(files, "CHUNK_BYTES", 10)

    class Endless:
        n_reads = 0

        def read(self, n):
            self.n_reads += 1
            return b"x" * n

    stream = Endless()
    with pytest.raises(RuleError):
        empty.put(stream, max_bytes=95)
    assert stream.n_reads == 10


def test_others_on_the_machine_cannot_read_what_is_stored(empty):
    empty.put(b"abc", max_bytes=9)
    assert [path.stat().st_mode & 0o077 for path in on_disk(empty)] == [0]


def test_lost_content_says_whom_to_tell_and_no_path(empty):
    with pytest.raises(NotFound, match="report it to the organisers") as error:
        empty.read("0" * 64)
    assert str(empty.home) not in str(error.value)
