"""The site files in a real nginx and a real Apache, in front of a server that repeats what it was sent."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from databoard.ops.deploy import services

SBIN = "/usr/sbin:/usr/bin:/sbin:/bin"


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
def site_folder():
    """A folder that the users of nginx and Apache can read.

    They cannot enter pytest's `tmp_path`: each pytest that starts closes its root to other users again.
    """
    mask = os.umask(0o022)
    try:
        with tempfile.TemporaryDirectory(prefix="databoard-front-", dir="/tmp") as name:
            folder = Path(name)
            folder.chmod(0o755)
            yield folder
    finally:
        os.umask(mask)


@pytest.fixture
def plan(site_folder, backend):
    """The facts of a site in front of the backend, with a certificate of its own."""
    key, certificate = site_folder / "key.pem", site_folder / "cert.pem"
    words = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run(
        ["openssl", "req", *words, "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    made = services.ServicePlan(
        path="/srv/databoard",
        user="daemon",
        domain="localhost",
        port=backend.server_port,
        n_workers=1,
        n_web_workers=1,
        max_upload_bytes=2000,
        certificate=str(certificate),
        certificate_key=str(key),
        pages=str(site_folder / "pages"),
    )
    (site_folder / "pages").mkdir()
    (site_folder / "pages" / "maintenance.html").write_text(services.render("maintenance.html", made))
    return made


def nginx(plan, folder, http, https):
    """Write the files of an nginx with the site; return its command."""
    site = services.render("databoard-nginx.conf", plan)
    for family in ("listen [::]:80;", "listen [::]:443 ssl;"):
        site = site.replace(family, "")
    site = site.replace("listen 80;", f"listen 127.0.0.1:{http};")
    site = site.replace("listen 443 ssl;", f"listen 127.0.0.1:{https} ssl;")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    own = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    head = f"daemon off;\npid {folder}/pid;\nevents {{}}\n"
    (folder / "nginx.conf").write_text(f"{head}http {{\naccess_log off;\n{own}{site}\n}}\n")
    return [shutil.which("nginx", path=SBIN), "-e", folder / "log", "-c", folder / "nginx.conf"]


APACHE_MODULES = (
    "mpm_event authz_core ssl socache_shmcb headers rewrite alias setenvif proxy proxy_http reqtimeout"
)


def apache(plan, folder, http, https):
    """Write the files of an Apache with the site; return its command."""
    site = services.render("databoard-apache.conf", plan)
    site = site.replace("*:80>", f"127.0.0.1:{http}>").replace("*:443>", f"127.0.0.1:{https}>")
    modules = "/usr/lib/apache2/modules"
    loads = [f"LoadModule {name}_module {modules}/mod_{name}.so" for name in APACHE_MODULES.split()]
    head = [f"ServerRoot {folder}", f"PidFile {folder}/pid", f"ErrorLog {folder}/log", "ServerName localhost"]
    head += ["User daemon", "Group daemon", f"DefaultRuntimeDir {folder}", f"Mutex file:{folder} default"]
    listens = [f"Listen 127.0.0.1:{http}", f"Listen 127.0.0.1:{https}"]
    (folder / "apache.conf").write_text("\n".join([*head, *loads, *listens, site]))
    return [shutil.which("apache2", path=SBIN), "-D", "FOREGROUND", "-f", folder / "apache.conf"]


@pytest.fixture(params=[nginx, apache], ids=["nginx", "apache"])
def front(request, site_folder, plan):
    """A running server in front: `get` pages of it, and the folder of its `pages`."""
    https = free_port()
    process = subprocess.Popen(
        request.param(plan, site_folder, free_port(), https), stderr=subprocess.DEVNULL
    )
    trust = ssl.create_default_context(cafile=plan.certificate)
    try:
        wait_for(https)
        yield SimpleNamespace(get=partial(get, https, trust), pages=site_folder / "pages")
    finally:
        process.terminate()
        process.wait()


def wait_for(port):
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("it does not listen")


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
    assert (status in {502, 503}, headers["Retry-After"], "Back soon" in text) == (True, "120", True)


RELEASE = """
import sys

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{__file__} {sys.prefix}".encode()]
"""


def apache_wsgi(plan, folder, http, https):
    """Write two releases and the files of an Apache that runs the current one; return its command."""
    for name in ("v1", "v2"):
        release = folder / "srv" / "releases" / name
        release.mkdir(parents=True)
        subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", release / ".venv"], check=True)
        (release / "wsgi.py").write_text(RELEASE)
    (folder / "srv" / "current").symlink_to("releases/v1")
    plan = replace(plan, path=str(folder / "srv"))
    site = services.render("databoard-apache-wsgi.conf", plan)
    site = site.replace("*:80>", f"127.0.0.1:{http}>").replace("*:443>", f"127.0.0.1:{https}>")
    command = apache(plan, folder, http, https)
    text = (folder / "apache.conf").read_text().partition("Listen ")[0]
    loads = f"LoadModule wsgi_module /usr/lib/apache2/modules/mod_wsgi.so\nWSGISocketPrefix {folder}/wsgi\n"
    listens = f"Listen 127.0.0.1:{http}\nListen 127.0.0.1:{https}\n"
    (folder / "apache.conf").write_text(f"{text}{loads}{listens}{site}")
    return command


def test_apache_runs_the_current_release_and_changes_to_the_next_by_a_reload(site_folder, plan):
    https = free_port()
    command = apache_wsgi(plan, site_folder, free_port(), https)
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    page = partial(get, https, ssl.create_default_context(cafile=plan.certificate))
    try:
        wait_for(https)
        assert page()[2].split() == [f"{site_folder}/srv/current/wsgi.py", f"{site_folder}/srv/current/.venv"]
        (site_folder / "srv" / "releases" / "v2" / "wsgi.py").write_text(RELEASE.replace('f"', 'f"v2 '))
        (site_folder / "next").symlink_to("releases/v2")
        (site_folder / "next").rename(site_folder / "srv" / "current")
        process.send_signal(signal.SIGUSR1)  # systemctl reload apache2
        # While mod_wsgi starts its processes again, a request may get the page for maintenance (docs/deploy.md).
        assert any(page()[2].startswith("v2 ") for _ in range(500))
    finally:
        process.terminate()
        process.wait()
