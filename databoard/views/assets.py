"""Static files: ours and the vendored ones, under addresses that carry their content's hash.

``url_for_static`` writes the address; with the right hash the browser may keep the file for a year, because
another content has another address. Vendored files have a gzip twin, sent to browsers that take it.
"""

import hashlib
import os
import stat
from functools import lru_cache
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from databoard.views.access import anyone

bp = Blueprint("assets", __name__)
STATIC = Path(__file__).resolve().parents[1] / "static"
YEAR_S = 365 * 24 * 3600


@bp.get("/static/<path:filename>")
@anyone
def file(filename: str) -> ResponseReturnValue:
    """Send one static file."""
    has_twin = request.accept_encodings.quality("gzip") > 0 and exists(f"{filename}.gz")
    response = send_from_directory(STATIC, f"{filename}.gz" if has_twin else filename)
    if has_twin:
        response.content_encoding = "gzip"
        response.mimetype = guess_type(filename)[0] or "application/octet-stream"
    response.vary.add("Accept-Encoding")
    if request.args.get("v") == fingerprint(filename):
        response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return response


def url_for_static(filename: str) -> str:
    """Return the address of a static file, with its content's hash."""
    return _address(filename, fingerprint(filename), request.script_root)


def url_for_vendor(package: str, filename: str) -> str:
    """Return the address of a vendored file; the folder carries the installed version."""
    return url_for_static(f"vendor/{_vendor_folder(package)}/{filename}")


def exists(filename: str) -> bool:
    """Tell whether a static file is called so; a name that no file can have, such as a long one, is not there."""
    return os.path.isfile(STATIC / filename)  # Path.is_file() raises for a name that is too long


def fingerprint(filename: str) -> str:
    """Return ten hexadecimal digits that change when the file's content does."""
    path = f"{STATIC}/{filename}"
    try:
        facts = os.stat(path)
    except (OSError, ValueError):  # no file, or a name that no file can have
        return "missing"
    return _digest(path, facts.st_mtime_ns) if stat.S_ISREG(facts.st_mode) else "missing"


@lru_cache(maxsize=256)
def _address(filename: str, digest: str, script_root: str) -> str:
    return url_for("assets.file", filename=filename, v=digest)  # it begins with the root of the request


@lru_cache(maxsize=256)
def _digest(path: str, modified_ns: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


@lru_cache(maxsize=64)
def _vendor_folder(package: str) -> str:
    folders = sorted(path.name for path in (STATIC / "vendor").glob(f"{package}-[0-9]*"))
    return folders[-1] if folders else f"{package}-not-installed"
