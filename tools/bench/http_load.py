"""A light load of HTTP requests, in a process of its own: connections that ask, read the answer and ask again.

    with Load(port) as load:
        found = load.run([get("/events/iris_test/leaderboard", cookie)], n_connections=10, seconds=2)

Each connection asks again as soon as its answer is there (a closed loop), or after a pause. It is kept open between
requests. A connection that the server closed meanwhile is opened again, as browsers do; that time counts. The process
runs `main`. It reads jobs from stdin, a line of JSON each; any line ends a job that runs.
"""

import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from tools.bench.http_answer import Answer

ROOT = Path(__file__).resolve().parents[2]
_MAIN = "import sys; from tools.bench.http_load import main; main(int(sys.argv[1]))"
RECEIVED_BYTES = 1 << 18
#: No answer for so long is an error.
PATIENCE_S = 120.0


@dataclass
class Found:
    """What a job measured, an entry a request that was answered; and the requests without a whole answer."""

    latencies_s: list[float] = field(default_factory=list)
    first_bytes_s: list[float] = field(default_factory=list)
    sizes_bytes: list[int] = field(default_factory=list)  # of the bodies
    statuses: dict[str, int] = field(default_factory=dict)
    n_lost: int = 0
    n_reopened: int = 0
    duration_s: float = 0.0

    @property
    def rate(self) -> float:
        """Return the answers per second."""
        return len(self.latencies_s) / self.duration_s

    def n_other_than(self, *statuses: int) -> int:
        """Return how many requests were lost or answered with another status."""
        return self.n_lost + sum(n for status, n in self.statuses.items() if int(status) not in statuses)


class Load:
    """The process that asks, while the block lasts."""

    def __init__(self, port: int):
        self._command = [sys.executable, "-c", _MAIN, str(port)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *raised: object) -> None:
        self._process.kill()
        self._process.communicate()

    def run(
        self, requests: Sequence[str], *, n_connections: int = 1, seconds: float = 0.0, pause_s: float = 0.0
    ) -> Found:
        """Ask for `seconds` and return what was measured. With 0 s each connection asks once.

        Connection k begins with request k, modulo the number of requests, and asks that one again and again. With a
        pause the first requests are spread over it.
        """
        self.start(requests, n_connections=n_connections, seconds=seconds, pause_s=pause_s)
        return self.result()

    def start(self, requests: Sequence[str], *, n_connections: int, seconds: float, pause_s: float) -> None:
        """Begin a job as :meth:`run` does; :meth:`result` waits for it."""
        words = {"n_connections": n_connections, "seconds": seconds, "pause_s": pause_s}
        self._write({"requests": list(requests), **words})

    def stop(self) -> None:
        """Let a job that runs end; requests under way are still answered."""
        self._write({})

    def result(self) -> Found:
        """Return what the job measured when it has ended."""
        assert self._process.stdout is not None  # noqa: S101 (for the type checker)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The load ended with exit code {self._process.wait()}.")
        return Found(**json.loads(line))

    def _write(self, words: dict[str, Any]) -> None:
        assert self._process.stdin is not None  # noqa: S101 (for the type checker)
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()


def get(path: str, cookie: str = "", **headers: str) -> str:
    """Return a GET request; a keyword such as ``if_none_match`` adds a header."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *([f"Cookie: {cookie}"] if cookie else [])]
    lines += [f"{name.replace('_', '-').title()}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""])


class Connection:
    """One connection that asks the same thing again and again."""

    def __init__(
        self, address: tuple[str, int], request: str, found: Found, *, ask_at_s: float, pause_s: float
    ):
        self._address, self._request, self._found = address, request.encode("latin-1"), found
        self.ask_at_s, self._pause_s = ask_at_s, pause_s
        self.is_asking = self._is_kept = False
        self._socket: socket.socket | None = None
        self._answer, self._asked_s, self._first_s = Answer(), 0.0, 0.0

    def ask(self, selector: selectors.BaseSelector) -> None:
        """Send the request, on the open connection if there is one."""
        self.is_asking, self._asked_s = True, time.perf_counter()
        self._send(selector)

    def read(self, selector: selectors.BaseSelector, buffer: bytearray) -> None:
        """Take what came; note the answer when it is whole."""
        assert self._socket is not None  # noqa: S101 (for the type checker)
        try:
            n = self._socket.recv_into(buffer)
        except OSError:
            n = 0
        if not self.is_asking:  # the server closed a connection at rest
            return self.close(selector)
        if n:
            self._first_s = self._first_s or time.perf_counter()
            self._answer.feed(memoryview(buffer)[:n])
        else:
            self._answer.end()
            if self._is_kept and not self._first_s:
                return self._send_again(selector)
        if self._answer.is_whole or not n:
            self._note(selector)

    def close(self, selector: selectors.BaseSelector) -> None:
        """Close the connection; the next request opens another."""
        if self._socket is not None:
            selector.unregister(self._socket)
            self._socket.close()
        self._socket, self._is_kept = None, False

    def lose(self, selector: selectors.BaseSelector) -> None:
        """Give up a request that nobody answers."""
        self._found.n_lost += 1
        self.is_asking, self.ask_at_s = False, time.perf_counter() + self._pause_s
        self.close(selector)

    def is_late(self, now_s: float) -> bool:
        """Whether the answer is overdue."""
        return self.is_asking and now_s - self._asked_s > PATIENCE_S

    def _send(self, selector: selectors.BaseSelector) -> None:
        self._answer, self._first_s = Answer(), 0.0
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._address, PATIENCE_S)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(self._socket, selectors.EVENT_READ, self)
            self._socket.sendall(self._request)
        except OSError:
            self._send_again(selector) if self._is_kept else self.lose(selector)

    def _send_again(self, selector: selectors.BaseSelector) -> None:
        self._found.n_reopened += 1
        self.close(selector)
        self._send(selector)

    def _note(self, selector: selectors.BaseSelector) -> None:
        now_s, answer = time.perf_counter(), self._answer
        if not answer.is_whole:
            return self.lose(selector)
        self._found.latencies_s.append(now_s - self._asked_s)
        self._found.first_bytes_s.append(self._first_s - self._asked_s)
        self._found.sizes_bytes.append(answer.n_bytes)
        self._found.statuses[str(answer.status)] = self._found.statuses.get(str(answer.status), 0) + 1
        self.is_asking, self.ask_at_s, self._is_kept = False, now_s + self._pause_s, True
        if answer.is_last:
            self.close(selector)


def play(address: tuple[str, int], job: dict[str, Any]) -> Found:
    """Run a job until its time is over or a line comes from stdin, and until all answers are there."""
    requests, pause_s, n = job["requests"], job["pause_s"], job["n_connections"]
    found, buffer, began_s = Found(), bytearray(RECEIVED_BYTES), time.perf_counter()
    connections = [
        Connection(
            address, requests[k % len(requests)], found, ask_at_s=began_s + pause_s * k / n, pause_s=pause_s
        )
        for k in range(n)
    ]
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        if not job["seconds"]:
            for connection in connections:
                connection.ask(selector)
        _ask_until(began_s + job["seconds"], connections, selector, buffer)
        found.duration_s = time.perf_counter() - began_s
        for connection in connections:
            connection.close(selector)
    return found


def _ask_until(
    ends_s: float, connections: list[Connection], selector: selectors.BaseSelector, buffer: bytearray
) -> None:
    is_over = False
    while True:
        now_s = time.perf_counter()
        is_over = is_over or now_s >= ends_s
        due_s = [ends_s, now_s + 0.1]
        for connection in connections:
            if connection.is_late(now_s):
                connection.lose(selector)
            elif not connection.is_asking and not is_over:
                if connection.ask_at_s <= now_s:
                    connection.ask(selector)
                else:
                    due_s.append(connection.ask_at_s)
        if is_over and not any(connection.is_asking for connection in connections):
            return
        for key, _ in selector.select(1.0 if is_over else max(0.0, min(due_s) - now_s)):
            if key.data is None:
                os.read(0, 4096)
                is_over = True
            else:
                key.data.read(selector, buffer)


def main(port: int) -> None:
    """Play the jobs that come from stdin until it ends."""
    with open(0, "rb", buffering=0, closefd=False) as jobs:
        while line := jobs.readline():
            if job := json.loads(line):
                print(json.dumps(asdict(play(("127.0.0.1", port), job))), flush=True)
