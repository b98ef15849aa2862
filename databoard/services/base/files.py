"""The bytes of sandboxes and submissions, stored once under their SHA-256.

A file is complete on disk before any row names it, so a crash between the two leaves at most a file nobody
names. The name on disk is never the client's.
"""

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from databoard.errors import DiskFull, NotFound, RuleError
from databoard.services.base import disk

CHUNK_BYTES = 1 << 20
DEFAULT_QUOTA_BYTES = 15 * 10**9
_ADDRESS = re.compile(r"[0-9a-f]{64}")
_ASIDE = ".removing-"


@dataclass(frozen=True)
class StoredFile:
    """What the store keeps of a file: its address and its length."""

    sha256: str
    size_bytes: int


class FileStore:
    """Content-addressed files below `home`, and the kits below `problems`.

    Parameters
    ----------
    home : Path
        DATABOARD_HOME; files go to ``submissions/<first two digits>/<sha256>``.
    problems : Path
        DATABOARD_PROBLEMS; read only.
    min_free_bytes : int
        Nothing is stored while the disk has less room than that; 0 takes what there is.
    user_quota_bytes : int
        What an account may keep that has no quota of its own (`storage_quota`).
    """

    def __init__(
        self,
        home: Path,
        problems: Path,
        *,
        min_free_bytes: int = 0,
        user_quota_bytes: int = DEFAULT_QUOTA_BYTES,
    ) -> None:
        self.home, self.problems = Path(home), Path(problems)
        self.min_free_bytes, self.user_quota_bytes = min_free_bytes, user_quota_bytes
        self._folder = self.home / "submissions"

    def put(self, content: bytes | IO[bytes], *, max_bytes: int) -> StoredFile:
        """Store `content` durably and return its address.

        Raises
        ------
        RuleError
            If there are more than `max_bytes` bytes; nothing is kept then.
        DiskFull
            If the disk is full, or has less room than it must keep; nothing is kept then.
        """
        stream = BytesIO(content) if isinstance(content, bytes) else content
        disk.require_room(self.home, min_free_bytes=self.min_free_bytes)
        try:
            return self._put(stream, max_bytes)
        except OSError as error:
            if disk.is_full(error):
                raise DiskFull from error
            raise

    def _put(self, stream: IO[bytes], max_bytes: int) -> StoredFile:
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".incoming-", delete=False) as file:
            try:
                stored = self._copy(stream, file, max_bytes)
                file.flush()
                os.fsync(file.fileno())
                path = self._path(stored.sha256)
                path.parent.mkdir(exist_ok=True)
                os.replace(file.name, path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        return stored

    def read(self, sha256: str) -> bytes:
        """Return the bytes stored under `sha256`.

        Raises
        ------
        NotFound
            If the store has lost them: an operator's matter.
        """
        try:
            return self._path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFound(
                "This file is missing from the server. Please report it to the organisers."
            ) from None

    def stored_contents(self) -> Iterator[dict[str, int]]:
        """Yield by address when each content was last written, in ns since the epoch, a folder at a time."""
        for folder in sorted(self._folder.glob("[0-9a-f][0-9a-f]/")):
            found = {}
            for entry in os.scandir(folder):
                with contextlib.suppress(FileNotFoundError):  # another process has just removed it
                    if _ADDRESS.fullmatch(entry.name) and entry.name.startswith(folder.name):
                        found[entry.name] = entry.stat().st_mtime_ns
            yield found

    def remove_content(self, sha256: str, *, written_ns: int) -> bool:
        """Remove a content that no row names, unless it was written again after `written_ns`; return whether it went.

        Somebody may store the same content at this moment, and a row will name it. So the file is put aside first,
        under a name that no other process uses. It is put back when it is a later one.
        """
        path, aside = self._path(sha256), self._folder / f"{_ASIDE}{sha256}-{secrets.token_hex(8)}"
        try:
            os.rename(path, aside)
            if aside.stat().st_mtime_ns != written_ns:
                self._put_back(aside)
                return False
            aside.unlink()
        except FileNotFoundError:  # another process removes it too
            return False
        return True

    def put_back_contents(self) -> None:
        """Put back what a process that was killed in :meth:`remove_content` had put aside."""
        for aside in self._folder.glob(f"{_ASIDE}*"):
            with contextlib.suppress(FileNotFoundError):
                self._put_back(aside)

    def _put_back(self, aside: Path) -> None:
        """Put a content back; what was stored in its place meanwhile stays: it is the later one."""
        sha256 = aside.name.removeprefix(_ASIDE).partition("-")[0]
        with contextlib.suppress(FileExistsError):
            os.link(aside, self._path(sha256))
        aside.unlink()

    def kit_path(self, problem_name: str) -> Path:
        return self.problems / problem_name

    def notebook_path(self, problem_name: str) -> Path:
        """Return the folder of what the page of a problem's notebook shows."""
        return self.home / "notebooks" / problem_name

    def predictions_path(self, submission_id: int, key: str = "") -> Path:
        """Return the folder of a submission's predictions; with `key` that of one run of it."""
        return self.home / "predictions" / f"{submission_id:09d}" / key

    def stored_runs(self) -> set[tuple[int, str]]:
        """Return id and key of every run of a submission whose predictions are here."""
        folders = (self.home / "predictions").glob("[0-9]*/*/")
        return {(int(folder.parent.name), folder.name) for folder in folders if folder.parent.name.isdigit()}

    def remove_predictions(self, submission_id: int, key: str) -> None:
        """Remove the predictions of one run that no row ever named, or none has named for long (`trash`)."""
        shutil.rmtree(self.predictions_path(submission_id, key), ignore_errors=True)

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    @staticmethod
    def _copy(stream: IO[bytes], file: IO[bytes], max_bytes: int) -> StoredFile:
        digest, size_bytes = hashlib.sha256(), 0
        while chunk := stream.read(CHUNK_BYTES):
            size_bytes += len(chunk)
            if size_bytes > max_bytes:
                raise RuleError(f"Expected a file of at most {max_bytes:,} bytes, got more. Make it smaller.")
            digest.update(chunk)
            file.write(chunk)
        return StoredFile(digest.hexdigest(), size_bytes)
