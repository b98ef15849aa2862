"""A mail server and a web server on this machine that keep what they are sent, for tests of what is sent."""

import json
import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest


class _MailHandler(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs that sends mail."""

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        self.say("220 test")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "QUIT":
                return self.say("221 bye")
            if word == "DATA":
                self.say("354 go on")
                lines = list(iter(self.rfile.readline, b".\r\n"))
                self.server.mails.append(
                    message_from_bytes(b"".join(lines).replace(b"\r\n", b"\n"), policy=policy.default)
                )
            self.say("250 done")


class _HookHandler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.answer == 200:
            self.server.posts.append(json.loads(body))
        self.send_response(self.server.answer)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *args):
        """Keep quiet."""


@contextmanager
def _served(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def mail_server():
    """A mail server; `mails` is what it got, `server_address` where it is."""
    with _served(socketserver.TCPServer(("127.0.0.1", 0), _MailHandler)) as server:
        server.mails = []
        yield server


@pytest.fixture
def hook():
    """A web server that takes POST; `posts` is what it took, `answer` what it answers."""
    with _served(HTTPServer(("127.0.0.1", 0), _HookHandler)) as server:
        server.posts, server.answer = [], 200
        yield server
