"""The site file of nginx in a real nginx, in front of a server that repeats what it was sent."""

import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from databoard.ops.deploy import services


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers of the request, or with a 503 of its own."""

    def do_GET(self):
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(503 if self.path == "/busy" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *words):
        pass


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def backend():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def front(tmp_path, backend):
    """A running nginx: `get` pages of it, and the folder of its `pages`."""
    key, certificate, https = tmp_path / "key.pem", tmp_path / "cert.pem", free_port()
    words = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run(
        ["openssl", "req", *words, "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    plan = services.ServicePlan(
        path="/srv/databoard",
        user="nobody",
        domain="localhost",
        port=backend.server_port,
        n_workers=1,
        n_web_workers=1,
        max_upload_bytes=2000,
        certificate=str(certificate),
        certificate_key=str(key),
        pages=str(tmp_path / "pages"),
    )
    (tmp_path / "pages").mkdir()
    tmp_path.chmod(0o755)
    (tmp_path / "pages" / "maintenance.html").write_text(services.render("maintenance.html", plan))
    site = services.render("databoard-nginx.conf", plan)
    for old, new in (
        ("listen [::]:80;", ""),
        ("listen [::]:443 ssl;", ""),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
    ):
        site = site.replace(old, new)
    site = site.replace("listen 443 ssl;", f"listen 127.0.0.1:{https} ssl;")
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = tmp_path / "nginx.conf"
    main.write_text(
        f"user root;\ndaemon off;\npid {tmp_path}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{folders}{site}\n}}\n"
    )
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    process = subprocess.Popen([program, "-e", tmp_path / "log", "-c", main], stderr=subprocess.DEVNULL)
    trust = ssl.create_default_context(cafile=certificate)
    wait_for(https)
    yield SimpleNamespace(
        get=lambda *words, **facts: get(https, trust, *words, **facts), pages=tmp_path / "pages"
    )
    process.terminate()
    process.wait()


def wait_for(port):
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("nginx does not listen")


def get(port, trust, path="/", *, data=None, **headers):
    """Return status, headers and text of a page."""
    request = urllib.request.Request(f"https://localhost:{port}{path}", data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30, context=trust) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def test_a_visitor_cannot_forge_the_address_and_the_name_is_passed_on(front):
    status, headers, text = front.get(**{"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "gopher"})
    seen = json.loads(text)
    assert (status, seen["X-Forwarded-For"], seen["X-Forwarded-Proto"]) == (200, "127.0.0.1", "https")
    assert seen["Host"].startswith("localhost:") and "max-age" in headers["Strict-Transport-Security"]


def test_an_upload_beyond_the_limit_is_refused_at_the_door(front):
    assert front.get(data=b"x" * 1500)[0] == 200
    assert front.get(data=b"x" * 2500)[0] == 413


def test_the_page_for_maintenance_is_shown_and_goes_again(front):
    (front.pages / "maintenance.on").touch()
    status, headers, text = front.get("/events/iris_test")
    assert (status, headers["Retry-After"], "Back soon" in text) == (503, "120", True)
    (front.pages / "maintenance.on").unlink()
    assert front.get()[0] == 200


def test_a_server_that_is_away_is_a_page_and_its_own_503_passes(front, backend):
    assert front.get("/busy")[0] == 503 and "Back soon" not in front.get("/busy")[2]
    backend.shutdown()
    backend.server_close()
    status, headers, text = front.get()
    assert (status, headers["Retry-After"], "Back soon" in text) == (502, "120", True)
