"""Bring the code of a tag or commit to a target and make its environment. Called by `publish_software`.

The release is complete when its record is there. Until then nothing uses it.
"""

import json
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from databoard.errors import NotFound, RuleError
from databoard.ops.publish import releases
from databoard.ops.publish.hosts import Host
from databoard.ops.publish.layout import Layout
from databoard.ops.publish.releases import RECORD, must
from databoard.ops.publish.targets import ROOT, Target

#: What decides which front-end packages a release needs.
_ASSETS = ("tools/assets", "tools/vendor_assets.py")
_VENDOR = "databoard/static/vendor"


@dataclass(frozen=True)
class Version:
    """What is published: its name, and its commit."""

    name: str
    commit: str


def version(tag: str = "") -> Version:
    """Return the version that `tag` names (a tag, branch or commit), by default what is checked out.

    Raises
    ------
    RuleError
        If this is no git checkout.
    NotFound
        If there is no such tag or commit.
    """
    if not (ROOT / ".git").exists():
        raise RuleError("Expected a git checkout to publish from; this folder is none.")
    ref = tag or "HEAD"
    commit = _git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", is_checked=False)
    if not commit or ref.startswith("-"):
        raise NotFound(
            f"There is no tag or commit {ref!r} here. The latest tags: {_latest_tags() or 'none'}."
        )
    names = _git("tag", "--points-at", commit).split()
    name = tag if tag in names else names[-1] if names and not tag else commit[:12]
    return Version(releases.require_name(name), commit)


def is_anything_uncommitted() -> bool:
    """Return whether the checkout holds changes that no commit has: they are not published."""
    return bool(_git("status", "--porcelain", "--untracked-files=no"))


def build(
    host: Host,
    target: Target,
    layout: Layout,
    wanted: Version,
    *,
    now: datetime,
    begin: Callable[[str], None],
) -> str:
    """Make the release on the target unless it is there; return what was done.

    Raises
    ------
    RuleError
        If a step fails, or a release of that name has another commit.
    """
    folder = layout.release(wanted.name)
    there = {release.name: release for release in releases.releases(host, layout)}
    if wanted.name in there:
        if there[wanted.name].commit != wanted.commit:
            raise RuleError(
                f"{wanted.name} was published as commit {there[wanted.name].commit[:12]} and is {wanted.commit[:12]} "
                "here: a tag was moved. Publish under a new tag."
            )
        return f"{wanted.name} is there already."
    begin("copying the code")
    current = releases.current_name(host, layout)
    links = [f"--link-dest={layout.release(current)}"] if current else []
    must(host.run(f"mkdir -p {shlex.quote(folder)}"), f"make {folder}")
    with _exported(wanted) as code:
        host.copy(code, folder, "--exclude=/.venv", *links)
    begin("making its environment")
    _make_environment(host, target, layout, folder)
    _complete(host, layout, wanted, now=now)
    return f"{wanted.name} is built."


def prepare(host: Host, layout: Layout) -> None:
    """Make the shared folders, closed to others, and the first settings, when they are not there."""
    # Web servers in front may look into releases (mod_wsgi runs their code), never into what is shared.
    code = " ".join(map(shlex.quote, (layout.releases, layout.environments)))
    data = " ".join(map(shlex.quote, (layout.shared, layout.home, layout.problems, layout.incoming)))
    command = f"(umask 022 && mkdir -p {code}) && (umask 077 && mkdir -p {data})"
    must(host.run(command), "make the shared folders")
    file, key = shlex.quote(layout.env_file), "$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n')"
    settings = (
        "# Settings of this server; docs/settings.md lists them all.\\n"
        f"DATABOARD_HOME={layout.home}\\nDATABOARD_PROBLEMS={layout.problems}\\nDATABOARD_SECRET_KEY="
    )
    command = f"umask 077 && test -e {file} || printf '{settings}%s\\n' \"{key}\" > {file}"
    must(host.run(command), "write the first settings")


def _make_environment(host: Host, target: Target, layout: Layout, folder: str) -> None:
    script = f"{folder}/databoard/ops/publish/environment.py"
    words = [
        target.python,
        "-I",
        script,
        folder,
        layout.environments,
        *([target.wheels] if target.wheels else []),
    ]
    must(host.run(shlex.join(words)), "make the environment")
    if not host.run(f"test -e {shlex.quote(f'{folder}/{_VENDOR}/manifest.json')}").is_ok:
        vendor = layout.in_release(folder, "tools/vendor_assets.py")
        must(host.run(vendor), "bring the front-end packages")


def _complete(host: Host, layout: Layout, wanted: Version, *, now: datetime) -> None:
    """Write the record, whole."""
    folder = layout.release(wanted.name)
    revision = must(
        host.run(layout.step(folder, "newest-revision")), "read the revisions of the release"
    ).strip()
    record = {
        "name": wanted.name,
        "commit": wanted.commit,
        "published_at": now.isoformat(timespec="seconds"),
        "revision": revision,
    }
    path = shlex.quote(f"{folder}/{RECORD}")
    must(
        host.run(f"printf '%s\\n' {shlex.quote(json.dumps(record))} > {path}.new && mv {path}.new {path}"),
        "finish it",
    )


@contextmanager
def _exported(wanted: Version) -> Iterator[Path]:
    """Yield a folder with the committed files of a version, and this checkout's front-end packages when they fit."""
    with tempfile.TemporaryDirectory(prefix="databoard-release-") as folder:
        archive = subprocess.run(["git", "archive", wanted.commit], cwd=ROOT, capture_output=True, check=True)  # noqa: S607
        # The program: the Python of Debian 12 cannot filter what an archive holds.
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)  # noqa: S607
        if (ROOT / _VENDOR).is_dir() and not _git("diff", "--name-only", wanted.commit, "--", *_ASSETS):
            shutil.copytree(ROOT / _VENDOR, Path(folder) / _VENDOR, dirs_exist_ok=True)
        yield Path(folder)


def _latest_tags() -> str:
    return ", ".join(_git("tag", "--sort=-creatordate").split()[:5])


def _git(*words: str, is_checked: bool = True) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)  # noqa: S607
    if is_checked and done.returncode:
        raise RuleError(f"git {words[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()
