"""The worker's side of the scorer: one warm process per kit version, asked over a pipe.

The worker itself never loads a kit or a label. When the scorer dies or does not answer in time, that is a
fault of the platform, not of the submission: the process is ended and :class:`ScorerError` raised; the next
question starts a new one. The process ends by itself when the worker dies, because its standard input then
ends.
"""

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from databoard.errors import DataboardError, KitError, PredictionError, SubmissionError
from databoard.kits import Fold
from databoard.plain_text import strip_controls
from databoard.runner.warm_room import process_bytes
from databoard.states import ErrorCode

#: Longest that one answer may take: loading the data of a large kit, blending many submissions.
ANSWER_WITHIN_S = 900.0
_PROGRAM = Path(__file__).with_name("process.py")
#: What the scorer finds in its environment: nothing of the server's settings.
_KEPT = ("PATH", "HOME", "LANG", "TZ", "TMPDIR")
_THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_LAST_WORDS_BYTES = 4000


class ScorerError(DataboardError):
    """The scorer died, hung or failed: ours to fix, no fault of the submission."""


class Scorer:
    """A scorer process.

    Parameters
    ----------
    kit_path : Path
    log_path : Path
        Where what the process prints is kept.
    python : str
        The interpreter of the kit's environment.
    """

    def __init__(
        self,
        kit_path: Path,
        log_path: Path,
        *,
        python: str = sys.executable,
        answer_within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        self._kit_path, self._log_path, self._answer_within_s = kit_path, log_path, answer_within_s
        self._python = python
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ask(self, verb: str, **question: object) -> Any:
        """Return the answer to one question.

        Raises
        ------
        PredictionError
            If the predictions cannot be scored.
        KitError
            If the kit is broken.
        ScorerError
            If the process died, failed, or did not answer in time.
        """
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start()
            answer = self._exchange(json.dumps({"verb": verb, **question}))
            if answer.get("error") == "kit":
                # The next question finds the kit as it is then, perhaps fixed.
                self.close()
        if "ok" in answer:
            return answer["ok"]
        raise _error(answer)

    def used_bytes(self) -> int:
        """Return the memory of the process; 0 when there is none."""
        process = self._process
        return 0 if process is None or process.poll() is not None else process_bytes(process.pid)

    def kill(self) -> None:
        """Kill the process, from any thread; who waits for an answer gets an error."""
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def _start(self) -> None:
        self.close()
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | _THREADS
        with open(self._log_path, "wb") as log:
            self._process = subprocess.Popen(
                [self._python, "-I", str(_PROGRAM), str(self._kit_path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                cwd=self._log_path.parent,
                bufsize=0,
            )

    def _exchange(self, question: str) -> dict[str, Any]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            self._fail("did not start")
        try:
            process.stdin.write(question.encode() + b"\n")
            answer: dict[str, Any] = json.loads(self._read_line(process.stdout.fileno()))
            return answer
        except (BrokenPipeError, ValueError):
            self._fail("died")

    def _read_line(self, descriptor: int) -> bytes:
        deadline, parts = time.monotonic() + self._answer_within_s, list[bytes]()
        while not parts or not parts[-1].endswith(b"\n"):
            wait_s = deadline - time.monotonic()
            if wait_s <= 0 or not select.select([descriptor], [], [], wait_s)[0]:
                self._fail(f"gave no answer within {self._answer_within_s:g} s")
            parts.append(os.read(descriptor, 1 << 20))
            if not parts[-1]:
                self._fail("died")
        return b"".join(parts)

    def _fail(self, what: str) -> NoReturn:
        self.close()
        words = strip_controls(self._log_path.read_bytes()[-_LAST_WORDS_BYTES:].decode("utf-8", "replace"))
        raise ScorerError(
            f"The scorer of {self._kit_path.name} {what}. It printed last: {words.strip() or 'none'}"
        )


def write_folds(path: Path, folds: Iterable[Fold]) -> None:
    """Write folds as the scorer reads them."""
    arrays = {"numbers": np.array([fold.number for fold in folds], dtype=np.int64)}
    for fold in folds:
        arrays[f"train_{fold.number}"] = np.asarray(fold.train_is, dtype=np.int64)
        arrays[f"test_{fold.number}"] = np.asarray(fold.test_is, dtype=np.int64)
    np.savez(path, **arrays)  # type: ignore[arg-type]  # no name is allow_pickle


def _error(answer: dict[str, Any]) -> DataboardError:
    if answer["error"] == "submission":
        kind = PredictionError if answer["code"] == ErrorCode.bad_output else SubmissionError
        return kind(answer["message"], step=answer["step"], code=answer["code"])
    if answer["error"] == "kit":
        return KitError(answer["message"])
    return ScorerError(f"The scorer failed: {answer['message']}")
