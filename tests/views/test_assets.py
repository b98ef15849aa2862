"""Static files: hashed addresses, long caching, compressed twins, nothing outside their folder."""

import gzip
import re
import subprocess
import sys
from pathlib import Path

import pytest

from databoard.views import assets

ROOT = Path(__file__).resolve().parents[2]


def test_a_page_names_its_files_by_hash_and_they_may_be_kept(visit):
    stranger = visit()
    urls = re.findall(r'(?:src|href)="(/static/[^"]+)"', stranger.get("/").text)
    assert len(urls) >= 6
    for url in urls:
        answer = stranger.get(url.replace("&amp;", "&"))
        assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"], url


def test_a_wrong_hash_is_not_kept(visit):
    answer = visit().get("/static/css/databoard.css?v=0000000000")
    assert "immutable" not in answer.headers["Cache-Control"]


def test_browsers_that_take_gzip_get_the_twin(visit, app):
    with app.test_request_context():
        url = assets.url_for_vendor("tabler-core", "tabler.min.css")
    plain, small = visit().get(url), visit().get(url, headers={"Accept-Encoding": "gzip"})
    assert small.content_encoding == "gzip" and small.mimetype == "text/css"
    assert gzip.decompress(small.data) == plain.data


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip;q=0", None),
        ("identity, gzip;q=0", None),
        ("br, *;q=0", None),
        ("gzip;q=0.1", "gzip"),
        ("*", "gzip"),
        ("", None),
    ],
)
def test_only_browsers_that_take_gzip_get_the_twin(visit, app, accepted, encoding):
    with app.test_request_context():
        url = assets.url_for_vendor("tabler-core", "tabler.min.css")
    answer = visit().get(url, headers={"Accept-Encoding": accepted})
    assert (answer.status_code, answer.content_encoding) == (200, encoding)


def test_nothing_outside_the_folder_is_served(visit):
    for path in ("../app.py", "%2e%2e/app.py", "css/../../app.py", "nothing.css"):
        assert visit().get(f"/static/{path}").status_code == 404


def test_vendored_files_are_as_the_manifest_records():
    program = [sys.executable, str(ROOT / "tools" / "vendor_assets.py"), "--check"]
    assert subprocess.run(program, capture_output=True, text=True).returncode == 0


def test_the_lock_names_hashes_and_no_host():
    lock = (ROOT / "tools" / "assets" / "package-lock.json").read_text()
    assert '"resolved"' not in lock and lock.count('"integrity"') == lock.count('"node_modules/')
