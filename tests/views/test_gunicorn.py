"""Requests as bytes on the wire, under the real gunicorn: what a test client cannot send."""

import shutil
import socket
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from databoard.ops import serve

ROOT = Path(__file__).resolve().parents[2]
HEAD = "Host: localhost\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
BROKEN_CHUNKS = [
    "zz\r\nabc\r\n0\r\n\r\n",
    "-1\r\n\r\n",
    "\r\n",
    "0x5\r\nabcde\r\n0\r\n\r\n",
    "5\r\nab",
    "5\r\nabcdeXX0\r\n\r\n",
    "f" * 20 + "\r\nabc",
    "5;" + "x" * 20_000 + "\r\nabcde\r\n0\r\n\r\n",
    "5\r\nabcde\r\n0\r\nX: y\r\nno header\r\n\r\n",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory, sqlite_stage, bare_environment):
    """The web server as `fab serve` starts it: `send` bytes, see what it `said`."""
    home = tmp_path_factory.mktemp("home")
    shutil.copy(sqlite_stage / "stage.db", home / "databoard.db")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = serve.web_command(SimpleNamespace(host="127.0.0.1", web_workers=1), port)
    environ = {**bare_environment, "DATABOARD_HOME": str(home)}
    with open(home / "said", "wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=said, stderr=said)
    try:
        wait_for_answer(process, port)
        yield SimpleNamespace(send=lambda text: send(port, text), said=lambda: (home / "said").read_text())
    finally:
        process.terminate()
        process.wait()


def wait_for_answer(process, port):
    for _ in range(300):
        try:
            assert "200 OK" in send(
                port, "GET /healthcheck HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
            return
        except ConnectionRefusedError:
            with pytest.raises(subprocess.TimeoutExpired):  # it still runs
                process.wait(0.2)
    raise AssertionError("no answer within 60 s")


def send(port, text):
    """Send bytes and the end of the stream; return all that was answered."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(text.encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer.decode("latin-1")


@pytest.mark.parametrize("chunks", BROKEN_CHUNKS, ids=lambda text: ascii(text[:12]))
@pytest.mark.parametrize("url", ["/login", "/sign_up", "/events/iris_test/sandbox/save"])
def test_a_body_in_broken_chunks_is_refused(server, url, chunks):
    status = server.send(f"POST {url} HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n{chunks}")
    assert status.startswith("HTTP/1.1 400 ")


def test_a_body_in_whole_chunks_is_read(server):
    chunks = "5\r\nlogin\r\n2\r\n=x\r\n0\r\n\r\n"
    status = server.send(f"POST /login HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n{chunks}")
    assert status.startswith("HTTP/1.1 400 ")  # the token is missing


def test_broken_requests_are_no_defects_of_ours(server):
    broken = [
        f"POST /login HTTP/1.1\r\n{HEAD}Content-Length: 99\r\n\r\nlogin=x",
        f"POST /login HTTP/1.1\r\n{HEAD}Content-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET /%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /\xff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /?\xff HTTP/1.1\r\nHost: localhost\r\nCookie: databoard=\xff\xfe\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
        "BREW / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ]
    statuses = [server.send(text) for text in broken]
    assert [status for status in statuses if not status or status.split()[1].startswith("5")] == []
    said = server.said()
    assert "Traceback" not in said and " ERROR " not in said


def test_a_broken_body_never_becomes_the_next_request(server):
    smuggled = "GET /healthcheck HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    head = HEAD.replace("Connection: close\r\n", "")
    chunks = f"zz\r\n{smuggled}"
    answer = server.send(f"POST /login HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n{chunks}")
    assert answer.startswith("HTTP/1.1 400 ") and answer.count("HTTP/1.1 ") == 1
