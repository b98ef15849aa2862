"""The participant's command ``databoard`` as a wheel, which lies in every starting kit.

It is written from the files of this very package, so participants test with the version that scores them; ``pip``
installs it from the unpacked zip. The rooms of the server stay out.
"""

import base64
import functools
import hashlib
import io
import zipfile
from pathlib import Path

import databoard

#: What ``setup.py`` installs for a kit; a test compares them.
REQUIRED_PACKAGES = ("numpy", "pandas", "scikit-learn", "scipy", "threadpoolctl")
OLDEST_PYTHON = "3.11"
_SERVER = {
    "app.py",
    "forecasting",
    "forms.py",
    "jail",
    "models",
    "ops",
    "queries",
    "runner",
    "services",
    "static",
    "tasks",
    "templates",
    "views",
    "worker",
}
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold
_INFO = f"databoard-{databoard.__version__}.dist-info"


def client_wheel_name() -> str:
    """Return the name of the file: what ``pip install`` is given."""
    return f"databoard-{databoard.__version__}-py3-none-any.whl"


@functools.cache
def client_wheel() -> bytes:
    """Return the wheel; the same version gives the same bytes."""
    contents = {**_modules(), **_metadata()}
    lines = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in contents.items()]
    contents[f"{_INFO}/RECORD"] = "\n".join([*lines, f"{_INFO}/RECORD,,", ""]).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def _modules() -> dict[str, bytes]:
    package = Path(databoard.__file__).resolve().parent
    return {
        f"databoard/{path.relative_to(package).as_posix()}": path.read_bytes()
        for path in sorted(package.rglob("*.py"))
        if path.relative_to(package).parts[0] not in _SERVER and "skeleton" not in path.parts
    }


def _metadata() -> dict[str, bytes]:
    facts = ["Metadata-Version: 2.4", "Name: databoard", f"Version: {databoard.__version__}"]
    facts += ["Summary: Try a submission on your own machine", f"Requires-Python: >={OLDEST_PYTHON}"]
    facts += ["License-Expression: BSD-3-Clause", "License-File: LICENSE"]
    facts += [f"Requires-Dist: {name}" for name in REQUIRED_PACKAGES]
    licence = Path(databoard.__file__).resolve().with_name("LICENSE")  # the copy that is installed too
    wheel = ["Wheel-Version: 1.0", "Generator: databoard", "Root-Is-Purelib: true", "Tag: py3-none-any"]
    return {
        f"{_INFO}/METADATA": "\n".join([*facts, ""]).encode(),
        f"{_INFO}/WHEEL": "\n".join([*wheel, ""]).encode(),
        f"{_INFO}/entry_points.txt": b"[console_scripts]\ndataboard = databoard.client.main:main\n",
        f"{_INFO}/licenses/LICENSE": licence.read_bytes(),
    }


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
