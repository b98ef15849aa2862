"""The files that run a published server: read by the programs that they are for."""

import configparser
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from databoard.errors import RuleError
from databoard.ops.deploy import services

SBIN = "/usr/sbin:/usr/bin:/sbin:/bin"


def program(name):
    found = shutil.which(name, path=SBIN)
    assert found, f"{name} is missing; make setup-dev installs it as root"
    return found


@pytest.fixture
def plan(tmp_path):
    """A plan whose paths exist, with a certificate of its own."""
    target = tmp_path / "srv"
    (target / "releases" / "v1" / ".venv" / "bin").mkdir(parents=True)
    (target / "releases" / "v1" / ".venv" / "bin" / "python").symlink_to("/usr/bin/env")
    (target / "releases" / "v1" / "wsgi.py").write_text("")
    (target / "current").symlink_to("releases/v1")
    (tmp_path / "pages").mkdir()
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    words = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=challenge.example.org"]
    subprocess.run(
        ["openssl", "req", *words, "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    return services.ServicePlan(
        path=str(target),
        user="daemon",
        domain="challenge.example.org",
        port=8080,
        n_workers=3,
        n_web_workers=4,
        max_upload_bytes=105906176,
        has_dask=True,
        certificate=str(certificate),
        certificate_key=str(key),
        pages=str(tmp_path / "pages"),
    )


@pytest.fixture
def written(plan, tmp_path):
    services.write(plan, tmp_path / "services")
    return tmp_path / "services"


def test_systemd_finds_nothing_wrong_with_the_units(written):
    units = [*written.glob("*.socket"), *(p for p in written.glob("*.service") if "@" not in p.name)]
    for template in written.glob("*@.service"):
        units.append(shutil.copy(template, written / template.name.replace("@", "@1")))
    done = subprocess.run(
        [program("systemd-analyze"), "verify", "--man=no", *units], capture_output=True, text=True
    )
    said = [line for line in done.stderr.splitlines() if "databoard" in line]
    assert (done.returncode, said) == (0, []), done.stderr


def test_nginx_takes_the_site_file(written, tmp_path):
    text = (written / "databoard-nginx.conf").read_text().replace("listen 80;", "listen 127.0.0.1:1080;")
    main = tmp_path / "nginx.conf"
    main.write_text(
        f"pid {tmp_path}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n"
        + "".join(
            f"{kind}_temp_path {tmp_path}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        + f"{text}\n}}\n"
    )
    done = subprocess.run([program("nginx"), "-t", "-c", main], capture_output=True, text=True)
    assert (done.returncode, "[warn]" in done.stderr, "[emerg]" in done.stderr) == (0, False, False), (
        done.stderr
    )


APACHE = {
    "databoard-apache.conf": ("proxy", "proxy_http", "reqtimeout"),
    "databoard-apache-wsgi.conf": ("wsgi",),
}
MODULES = ("mpm_event", "authz_core", "ssl", "socache_shmcb", "headers", "rewrite", "alias", "setenvif")


@pytest.mark.parametrize("name", APACHE)
def test_apache_takes_the_site_files(written, tmp_path, name):
    folder = Path("/usr/lib/apache2/modules")
    loads = [f"LoadModule {module}_module {folder}/mod_{module}.so" for module in (*MODULES, *APACHE[name])]
    main = tmp_path / "apache.conf"
    base = [
        f"ServerRoot {tmp_path}",
        f"PidFile {tmp_path}/pid",
        f"ErrorLog {tmp_path}/log",
        "ServerName localhost",
    ]
    main.write_text("\n".join([*base, *loads, "Listen 80", "Listen 443", f"Include {written / name}", ""]))
    done = subprocess.run([program("apache2"), "-t", "-f", main], capture_output=True, text=True)
    assert (done.returncode, "Syntax OK" in done.stderr) == (0, True), done.stderr


def test_all_files_agree_about_paths_user_and_port(written, plan):
    texts = {path.name: path.read_text() for path in written.iterdir()}
    assert [name for name, text in texts.items() if re.search(r"\{[{%]|password|SECRET_KEY=", text)] == []
    assert all(f"User={plan.user}" in texts[name] for name in texts if name.endswith(".service"))
    for name in ("databoard-nginx.conf", "databoard-apache.conf", "databoard-web.socket"):
        assert f"127.0.0.1:{plan.port}" in texts[name]
    for name in ("databoard-web.service", "databoard-worker@.service", "databoard.cron"):
        assert f"DATABOARD_ENV_FILE={plan.path}/shared/databoard.env" in texts[name]


def test_no_proxy_passes_on_what_a_visitor_says_about_the_address(written):
    nginx, apache = ((written / f"databoard-{name}.conf").read_text() for name in ("nginx", "apache"))
    assert "X-Forwarded-For $remote_addr;" in nginx and "proxy_add_x_forwarded_for" not in nginx
    assert "RequestHeader unset X-Forwarded-For early" in apache
    for text in (nginx, apache):
        assert "105906176" in text and "https" in text and "maintenance.html" in text


def test_the_cron_file_is_one_line_that_names_its_user(written, plan):
    lines = [
        line for line in (written / "databoard.cron").read_text().splitlines() if not line.startswith("#")
    ]
    assert len(lines) == 1 and lines[0].split()[5] == plan.user


def test_a_worker_gets_its_signal_alone_and_the_time_to_finish(written):
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read_string((written / "databoard-worker@.service").read_text())
    facts = dict(unit["Service"])
    assert (facts["KillMode"], facts["Restart"], facts["Delegate"]) == ("mixed", "always", "yes")
    assert facts["TimeoutStopSec"] == "6h"


def test_installing_puts_each_file_in_its_place_and_starts_the_units(plan, tmp_path):
    root, ran = tmp_path / "root", []
    (root / "etc" / "nginx").mkdir(parents=True)
    lines = services.install(replace(plan, has_dask=False), root=root, run=ran.append)
    placed = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    assert placed == [
        "etc/cron.d/databoard",
        "etc/nginx/sites-available/databoard.conf",
        "etc/systemd/system/databoard-web.service",
        "etc/systemd/system/databoard-web.socket",
        "etc/systemd/system/databoard-worker@.service",
        "var/www/databoard/maintenance.html",
    ]
    assert ran[0] == ["systemctl", "daemon-reload"]
    assert ran[1][-3:] == [f"databoard-worker@{number}.service" for number in (1, 2, 3)]
    assert len(lines) == 7


def test_installing_without_systemd_or_without_the_user_is_refused(plan, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(RuleError, match="Expected root's rights"):
        services.install(plan)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(Path, "is_dir", lambda path: True)
    with pytest.raises(RuleError, match=r"adduser --system --group --home .* nobody_of_that_name"):
        services.install(replace(plan, user="nobody_of_that_name"))
