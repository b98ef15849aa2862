"""Settings: defaults, what each may hold, what it says when it holds something else."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import config
from config import SETTINGS, SettingError

ROOT = Path(__file__).resolve().parents[1]
LONG = "a7Qk-x2Lm-9TzR-4bWc-Y8nP-e5Hd-uJ"


@pytest.fixture
def load(tmp_path):
    """Load settings from these variables alone."""
    return lambda **environ: config.load({"DATABOARD_HOME": str(tmp_path / "home"), **environ})


DEFAULTS = {
    "environment": "development",
    "env_file": "",
    "problems": ROOT / "problems",
    "db_url_test": "",
    "is_test": False,
    "is_db_perf": False,
    "log_level": "INFO",
    "host": "0.0.0.0",
    "port": 8080,
    "hosts": (),
    "web_workers": 3,
    "jail": "bubblewrap",
    "jail_min_level": "B",
    "n_parallel_folds": 0,
    "dask_scheduler": "",
    "lease_s": 60,
    "trash_s": 86400,
    "team_jobs": 2,
    "max_upload_bytes": 101 * 2**20,
    "sandbox_versions": 50,
    "sandbox_version_days": 30,
    "pg_bin": None,
    "backup_all_h": 24,
    "backup_daily": 7,
    "backup_weekly": 4,
    "backup_monthly": 6,
    "backup_interval_s": 86400,
    "backup_event_interval_s": 3600,
    "backup_target": "",
    "targets": Path.home() / ".databoard.ini",
    "n_proxies": 0,
}

GOOD = [
    ("DATABOARD_ENV", "testing", "testing"),
    ("DATABOARD_ENV_FILE", "", ""),
    ("DATABOARD_HOME", "/srv/databoard", Path("/srv/databoard")),
    ("DATABOARD_PROBLEMS", "/srv/kits", Path("/srv/kits")),
    ("DATABOARD_DB_URL", "postgresql://u:p@db/databoard", "postgresql+psycopg2://u:p@db/databoard"),
    ("DATABOARD_DB_URL_TEST", "sqlite:////tmp/test.db", "sqlite:////tmp/test.db"),
    ("DATABOARD_TEST", "yes", True),
    ("DATABOARD_DB_PERF", "1", True),
    ("DATABOARD_SECRET_KEY", LONG, LONG),
    ("DATABOARD_LOG_LEVEL", "debug", "DEBUG"),
    ("DATABOARD_HOST", "127.0.0.1", "127.0.0.1"),
    ("DATABOARD_PORT", "80", 80),
    ("DATABOARD_HOSTS", " Db.example.org, .example.net,[::1]", ("db.example.org", ".example.net", "[::1]")),
    ("DATABOARD_WEB_WORKERS", "64", 64),
    ("DATABOARD_JAIL", "none", "none"),
    ("DATABOARD_JAIL_MIN_LEVEL", "A", "A"),
    ("DATABOARD_PARALLEL_FOLDS", "2", 2),
    ("DATABOARD_DASK_SCHEDULER", "tls://dask.example.org:8786", "tls://dask.example.org:8786"),
    ("DATABOARD_LEASE_S", "2", 2),
    ("DATABOARD_TRASH_S", "60", 60),
    ("DATABOARD_TEAM_JOBS", "0", 0),
    ("DATABOARD_MAX_UPLOAD_BYTES", "1024", 1024),
    ("DATABOARD_SANDBOX_VERSIONS", "5", 5),
    ("DATABOARD_SANDBOX_VERSION_DAYS", "1", 1),
    ("DATABOARD_PG_BIN", "/usr/lib/postgresql/16/bin", Path("/usr/lib/postgresql/16/bin")),
    ("DATABOARD_BACKUP_ALL_H", "1", 1),
    ("DATABOARD_BACKUP_DAILY", "1", 1),
    ("DATABOARD_BACKUP_WEEKLY", "0", 0),
    ("DATABOARD_BACKUP_MONTHLY", "0", 0),
    ("DATABOARD_BACKUP_INTERVAL_S", "300", 300),
    ("DATABOARD_BACKUP_EVENT_INTERVAL_S", "300", 300),
    ("DATABOARD_BACKUP_TARGET", "/mnt/backup/./databoard", "/mnt/backup/./databoard"),
    ("DATABOARD_BACKUP_TARGET", "keeper@backup.example.org:databoard", "keeper@backup.example.org:databoard"),
    ("DATABOARD_TARGETS", "/etc/databoard.ini", Path("/etc/databoard.ini")),
    ("DATABOARD_PROXIES", "1", 1),
]

BAD = [
    ("DATABOARD_DASK_SCHEDULER", "dask.example.org:8786"),
    ("DATABOARD_ENV", "prod"),
    ("DATABOARD_HOME", "~nobody_of_that_name/x"),
    ("DATABOARD_PROBLEMS", "~nobody_at_all"),
    ("DATABOARD_TARGETS", "~nobody_at_all/x.ini"),
    ("DATABOARD_DB_URL", "mysql://x"),
    ("DATABOARD_DB_URL_TEST", "test.db"),
    ("DATABOARD_TEST", "maybe"),
    ("DATABOARD_DB_PERF", "2"),
    ("DATABOARD_LOG_LEVEL", "LOUD"),
    ("DATABOARD_PORT", "http"),
    ("DATABOARD_PORT", "0"),
    ("DATABOARD_PORT", "65536"),
    ("DATABOARD_PORT", "80.5"),
    ("DATABOARD_HOSTS", "https://db.example.org"),
    ("DATABOARD_HOSTS", "db.example.org:8080"),
    ("DATABOARD_HOSTS", "a b"),
    ("DATABOARD_WEB_WORKERS", "0"),
    ("DATABOARD_JAIL", "docker"),
    ("DATABOARD_JAIL_MIN_LEVEL", "none"),
    ("DATABOARD_PARALLEL_FOLDS", "-1"),
    ("DATABOARD_LEASE_S", "1"),
    ("DATABOARD_TRASH_S", "59"),
    ("DATABOARD_TEAM_JOBS", "-1"),
    ("DATABOARD_MAX_UPLOAD_BYTES", "1 MB"),
    ("DATABOARD_SANDBOX_VERSIONS", "4"),
    ("DATABOARD_SANDBOX_VERSION_DAYS", "0"),
    ("DATABOARD_PG_BIN", "~nobody_of_that_name/bin"),
    ("DATABOARD_BACKUP_ALL_H", "0"),
    ("DATABOARD_BACKUP_DAILY", "0"),
    ("DATABOARD_BACKUP_WEEKLY", "-1"),
    ("DATABOARD_BACKUP_MONTHLY", "many"),
    ("DATABOARD_BACKUP_INTERVAL_S", "299"),
    ("DATABOARD_BACKUP_EVENT_INTERVAL_S", "1 h"),
    ("DATABOARD_BACKUP_TARGET", "backup"),
    ("DATABOARD_BACKUP_TARGET", "-oProxyCommand=x:y"),
    ("DATABOARD_BACKUP_TARGET", "host:a;b"),
    ("DATABOARD_PROXIES", "9"),
]
SETTING = {setting.variable: setting for setting in SETTINGS}
FREE_TEXT = {"DATABOARD_ENV_FILE", "DATABOARD_SECRET_KEY", "DATABOARD_HOST"}


def test_every_setting_has_its_default(load, tmp_path):
    settings = load()
    assert {name: getattr(settings, name) for name in DEFAULTS} == DEFAULTS
    assert settings.home == tmp_path / "home"
    assert settings.db_url == f"sqlite:///{tmp_path}/home/databoard.db"
    assert {s.attribute for s in SETTINGS} == {*DEFAULTS, "home", "db_url", "secret_key"}


@pytest.mark.parametrize(("variable", "text", "value"), GOOD)
def test_a_setting_reads_what_it_should_hold(load, variable, text, value):
    assert getattr(load(**{variable: text}), SETTING[variable].attribute) == value


@pytest.mark.parametrize(("variable", "text"), BAD)
def test_a_value_that_cannot_be_used_is_named_with_what_is_expected(load, variable, text):
    with pytest.raises(SettingError) as error:
        load(**{variable: text})
    assert str(error.value) == f"{variable} holds {text!r}; expected {SETTING[variable].expected}."


def test_every_setting_has_a_good_and_a_bad_value_above():
    assert {variable for variable, _, _ in GOOD} == set(SETTING)
    assert {variable for variable, _ in BAD} == set(SETTING) - FREE_TEXT


@pytest.mark.parametrize("text", ["", "  "])
@pytest.mark.parametrize("variable", sorted(SETTING.keys() - {"DATABOARD_HOME", "DATABOARD_SECRET_KEY"}))
def test_an_empty_variable_means_the_default(load, variable, text):
    attribute = SETTING[variable].attribute
    assert getattr(load(**{variable: text}), attribute) == getattr(load(), attribute)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("False", False),
        ("false", False),
        ("0", False),
        ("no", False),
        ("OFF", False),
        ("n", False),
        ("True", True),
        ("TRUE", True),
        ("1", True),
        ("yes", True),
        ("on", True),
    ],
)
def test_the_word_false_means_false(load, text, expected):
    assert load(DATABOARD_TEST=text).is_test is expected


def test_a_test_run_uses_the_test_database_only(load, tmp_path):
    urls = {"DATABOARD_DB_URL": "postgresql://u@h/real", "DATABOARD_DB_URL_TEST": "postgresql://u@h/test"}
    assert load(**urls).db_url == "postgresql+psycopg2://u@h/real"
    assert load(DATABOARD_TEST="1", **urls).db_url == "postgresql+psycopg2://u@h/test"
    alone = load(DATABOARD_TEST="1", DATABOARD_DB_URL="postgresql://u@h/real")
    assert alone.db_url == f"sqlite:///{tmp_path}/home/databoard_test.db"


@pytest.mark.parametrize("url", ["postgresql://u:p@h/databoard", "sqlite:////srv/test/databoard.db"])
def test_a_test_run_on_a_database_that_is_not_called_test_is_refused(load, url):
    with pytest.raises(SettingError, match="DATABOARD_DB_URL_TEST names the database 'databoard") as error:
        load(DATABOARD_TEST="True", DATABOARD_DB_URL_TEST=url)
    assert "u:p" not in str(error.value)
    assert load(DATABOARD_DB_URL_TEST=url).is_test is False


# Production


@pytest.mark.parametrize(
    ("key", "held"), [("", "nothing"), ("short", "5 characters"), ("s" * 31, "31 characters")]
)
def test_production_refuses_a_missing_or_short_secret(load, tmp_path, key, held):
    with pytest.raises(
        SettingError, match=f"DATABOARD_SECRET_KEY holds {held}; expected at least 32"
    ) as error:
        load(DATABOARD_ENV="production", DATABOARD_SECRET_KEY=key)
    assert key not in str(error.value) or not key
    assert not (tmp_path / "home" / "secret_key").exists()


def test_production_refuses_to_run_without_a_jail(load):
    with pytest.raises(SettingError, match="DATABOARD_JAIL holds 'none'; expected bubblewrap in production"):
        load(DATABOARD_ENV="production", DATABOARD_SECRET_KEY=LONG, DATABOARD_JAIL="none")


WEAK = [
    ({"DATABOARD_SECRET_KEY": "s" * 40}, "DATABOARD_SECRET_KEY holds 1 different characters"),
    (
        {"DATABOARD_DB_URL": "postgresql://u:short@db/board"},
        "DATABOARD_DB_URL holds a password that has 5 char",
    ),
    ({"DATABOARD_DB_URL": "postgresql://databoard_app:databoard_app@db/d"}, "is the name of the user or of"),
    (
        {"DATABOARD_DB_URL": "postgresql://u:databoard_2026@db/databoard_2026"},
        "is the name of the user or of",
    ),
    ({"DATABOARD_TEST": "True"}, "DATABOARD_TEST holds 'True'; expected False"),
]


@pytest.mark.parametrize(("weak", "said"), WEAK)
def test_production_refuses_a_weak_setting_and_names_it(load, weak, said):
    with pytest.raises(SettingError, match=said) as error:
        load(**{"DATABOARD_ENV": "production", "DATABOARD_SECRET_KEY": LONG, **weak})
    assert "short" not in str(error.value)
    load(**{"DATABOARD_SECRET_KEY": LONG, **weak})  # a laptop may


def test_production_names_every_weak_setting_at_once(load):
    with pytest.raises(SettingError) as error:
        load(
            DATABOARD_ENV="production",
            DATABOARD_SECRET_KEY="s" * 40,
            DATABOARD_JAIL="none",
            DATABOARD_TEST="1",
        )
    assert re.findall(r"DATABOARD_\w+(?= holds)", str(error.value)) == [
        "DATABOARD_SECRET_KEY",
        "DATABOARD_JAIL",
        "DATABOARD_TEST",
    ]


def test_production_refuses_a_home_that_every_user_can_open(load, tmp_path):
    (tmp_path / "home").mkdir(mode=0o755)
    with pytest.raises(SettingError, match=f"Close it: chmod o-rwx {tmp_path}/home"):
        load(DATABOARD_ENV="production", DATABOARD_SECRET_KEY=LONG)


# The file of settings


@pytest.fixture
def env_file(tmp_path):
    """Write a file of settings that only its owner can read."""

    def write(text, mode=0o600):
        path = tmp_path / "databoard.env"
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    return write


def test_a_file_of_settings_is_read_and_the_environment_wins(load, env_file):
    name = env_file(
        '# a comment\n\nDATABOARD_PORT=81\nDATABOARD_HOSTS = "a.example.org"\nDATABOARD_LEASE_S=5\n'
    )
    settings = load(DATABOARD_ENV_FILE=name, DATABOARD_PORT="82", DATABOARD_LEASE_S="")
    assert (settings.port, settings.hosts, settings.lease_s) == (82, ("a.example.org",), 5)


def test_the_file_may_name_the_configuration(load, env_file):
    name = env_file(f"DATABOARD_ENV=production\nDATABOARD_SECRET_KEY={LONG}\n")
    assert load(DATABOARD_ENV_FILE=name).is_production


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        ("DATABOARD_PORT=81\n", 0o644, "expected a file that only its owner can read"),
        ("\nDATABOARD_PROT=81\n", 0o600, "line 2 holds 'DATABOARD_PROT'; expected NAME=value with a setting"),
        ("DATABOARD_PORT\n", 0o600, "line 1 holds 'DATABOARD_PORT'; expected NAME=value"),
        ("PATH=/tmp\n", 0o600, "line 1 holds 'PATH'"),
        ("DATABOARD_PORT=http\n", 0o600, "DATABOARD_PORT holds 'http'"),
    ],
)
def test_a_file_of_settings_that_cannot_be_meant_is_refused(load, env_file, text, mode, said):
    with pytest.raises(SettingError, match=said):
        load(DATABOARD_ENV_FILE=env_file(text, mode))


def test_a_file_of_settings_that_is_not_there_is_refused(load, tmp_path):
    with pytest.raises(SettingError, match=r"it cannot be read: .*No such file"):
        load(DATABOARD_ENV_FILE=f"{tmp_path}/nothing")


def test_production_with_secret_and_jail_starts(load):
    settings = load(DATABOARD_ENV="production", DATABOARD_SECRET_KEY=LONG)
    assert (settings.is_production, settings.secret_key) == (True, LONG)


def test_the_web_server_needs_its_names_in_production_only(load):
    production = {"DATABOARD_ENV": "production", "DATABOARD_SECRET_KEY": LONG}
    with pytest.raises(SettingError, match="DATABOARD_HOSTS holds nothing; expected in production the names"):
        load(**production).web_hosts()
    assert load(**production, DATABOARD_HOSTS="db.example.org").web_hosts() == ("db.example.org",)
    assert load(**production, DATABOARD_HOSTS="*").web_hosts() == load().web_hosts() == ()


# The secret


def test_the_secret_is_made_once_for_its_owner_alone(load, tmp_path):
    assert load().secret_key == load().secret_key
    path = tmp_path / "home" / "secret_key"
    assert (path.stat().st_mode & 0o777, len(path.read_text())) == (0o600, 64)
    assert os.listdir(path.parent) == ["secret_key"]


def test_another_home_has_another_secret(load, tmp_path):
    assert load().secret_key != load(DATABOARD_HOME=str(tmp_path / "other")).secret_key


def test_a_process_that_comes_second_takes_the_first_one_s_secret(load, tmp_path, monkeypatch):
    first = load().secret_key
    monkeypatch.setattr(Path, "exists", lambda path: False)
    assert load().secret_key == first


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path):
    program = "import config; print(config.load().secret_key)"
    environ = {"DATABOARD_HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, env=environ, text=True, stdout=subprocess.PIPE
        )
        for _ in range(6)
    ]
    keys = {process.communicate()[0].strip() for process in started}
    assert len(keys) == 1
    assert len(keys.pop()) == 64


# Types


def test_a_setting_stays_as_it_was_read(load):
    settings = load()
    for setting in SETTINGS:
        with pytest.raises(AttributeError, match=f"{setting.attribute} is read from {setting.variable}"):
            setattr(settings, setting.attribute, "another")
