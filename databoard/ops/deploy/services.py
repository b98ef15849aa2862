"""Write the files that run a published server: units of systemd, site files of nginx and Apache, the cron line.

Called by ``fab install_services``. All come from `templates/` and one set of facts, so they agree about paths, user
and port. No file holds a secret: each names the file of settings.
"""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from databoard.errors import RuleError

TEMPLATES = Path(__file__).parent / "templates"
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_FOLDER = re.compile(r"/[\w./@+-]*")
#: template -> where it is installed
_SYSTEMD = "etc/systemd/system"
UNITS = {
    name: f"{_SYSTEMD}/{name}"
    for name in ("databoard-web.socket", "databoard-web.service", "databoard-worker@.service")
}
DASK_UNITS = {
    name: f"{_SYSTEMD}/{name}"
    for name in ("databoard-dask-scheduler.service", "databoard-dask-worker@.service")
}
CRON = {"databoard.cron": "etc/cron.d/databoard"}
NGINX = {"databoard-nginx.conf": "etc/nginx/sites-available/databoard.conf"}
APACHE = {
    "databoard-apache.conf": "etc/apache2/sites-available/databoard.conf",
    "databoard-apache-wsgi.conf": "etc/apache2/sites-available/databoard-wsgi.conf",
}
PAGE = {"maintenance.html": "var/www/databoard/maintenance.html"}


@dataclass(frozen=True)
class ServicePlan:
    """The facts that all files are made of.

    Attributes
    ----------
    path : str
        The folder of the target: releases, shared data, the link `current`.
    user : str
        A system account; web, workers and cron run as it.
    domain : str
        The name that browsers use.
    port : int
        Where the web server listens, on loopback.
    n_workers, n_web_workers : int
    max_upload_bytes : int
        The largest request.
    has_dask : bool
        Whether folds run on a Dask cluster whose scheduler is here.
    dask_scheduler : str
    certificate, certificate_key : str
    pages : str
        A folder that the web servers in front can read: the page for maintenance, and the flag that shows it.
    """

    path: str
    user: str
    domain: str
    port: int
    n_workers: int
    n_web_workers: int
    max_upload_bytes: int
    has_dask: bool = False
    dask_scheduler: str = "tcp://127.0.0.1:8786"
    certificate: str = ""
    certificate_key: str = ""
    pages: str = "/var/www/databoard"

    def __post_init__(self) -> None:
        """Refuse names that would mean something else in a unit or a site file."""
        for what, value, pattern in (
            ("domain: the name of a host", self.domain, _HOST),
            ("user: the name of a system account", self.user, _ACCOUNT),
            ("path: a folder without spaces", self.path, _FOLDER),
        ):
            if not pattern.fullmatch(value):
                raise RuleError(f"Expected as {what}, got {value!r}.")

    def facts(self) -> dict[str, object]:
        """Return what the templates may name."""
        folder = "/etc/ssl/databoard"
        return asdict(self) | {
            "current": f"{self.path}/current",
            "env_file": f"{self.path}/shared/databoard.env",
            "certificate": self.certificate or f"{folder}/{self.domain}.pem",
            "certificate_key": self.certificate_key or f"{folder}/{self.domain}.key",
            "workers": range(1, self.n_workers + 1),
        }


def files(plan: ServicePlan) -> dict[str, str]:
    """Return the place of each file that the plan needs, by template."""
    return {**UNITS, **(DASK_UNITS if plan.has_dask else {}), **CRON, **NGINX, **APACHE, **PAGE}


def render(template: str, plan: ServicePlan) -> str:
    """Return the text of one file."""
    # No HTML comes from a visitor here: the texts are configuration files.
    loader = Environment(  # noqa: S701
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return loader.get_template(f"{template}.j2").render(plan.facts())


def write(plan: ServicePlan, folder: Path) -> list[Path]:
    """Write every file into `folder`, to look at or to copy by hand; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for template in files(plan):
        path = folder / template
        path.write_text(render(template, plan), encoding="utf-8")
        paths.append(path)
    return paths


def install(
    plan: ServicePlan, *, root: Path = Path("/"), run: Callable[[list[str]], None] | None = None
) -> list[str]:
    """Put the files in their places, let systemd start the units; return what was done.

    A site file is written only where its web server is installed, and not enabled: it needs a certificate first.

    Raises
    ------
    RuleError
        Without root's rights, without systemd, or when the user does not exist.
    """
    if run is None:
        _require_system(plan)
        run = _run
    lines = []
    for template, place in files(plan).items():
        path = root / place
        if not _is_wanted(root, place):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(template, plan), encoding="utf-8")
        path.chmod(0o644)
        lines.append(f"Wrote {path}.")
    units = ["databoard-web.socket", "databoard-web.service", *_worker_units(plan)]
    run(["systemctl", "daemon-reload"])
    run(["systemctl", "enable", "--now", *units])
    return [*lines, f"Started {', '.join(units)}."]


def _worker_units(plan: ServicePlan) -> list[str]:
    units = [f"databoard-worker@{number}.service" for number in range(1, plan.n_workers + 1)]
    dask = ["databoard-dask-scheduler.service", "databoard-dask-worker@1.service"] if plan.has_dask else []
    return [*units, *dask]


def _is_wanted(root: Path, place: str) -> bool:
    """Return whether the program that reads a file is installed."""
    programs = {"etc/nginx": "etc/nginx", "etc/apache2": "etc/apache2"}
    needed = [folder for prefix, folder in programs.items() if place.startswith(f"{prefix}/")]
    return all((root / folder).is_dir() for folder in needed)


def _require_system(plan: ServicePlan) -> None:
    if os.geteuid() != 0:
        raise RuleError(
            "Expected root's rights to install services. Run it with sudo, or write the files: folder=services"
        )
    if not Path("/run/systemd/system").is_dir():
        raise RuleError(
            "Expected systemd to run on this machine, it does not. Write the files: folder=services"
        )
    try:
        pwd.getpwnam(plan.user)
    except KeyError:
        raise RuleError(
            f"Expected the user {plan.user}, found none. "
            f"Make it: adduser --system --group --home {plan.path} {plan.user}"
        ) from None


def _run(words: list[str]) -> None:
    program = shutil.which(words[0])
    if program is None:
        raise RuleError(f"{words[0]} is missing.")
    done = subprocess.run([program, *words[1:]], capture_output=True, text=True)
    if done.returncode:
        raise RuleError(f"{' '.join(words)} failed: {done.stderr.strip()}")
