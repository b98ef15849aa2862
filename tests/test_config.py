"""Settings: defaults, what each may hold, what it says when it holds something else."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from config import SETTINGS, SettingError
from tests.support.settings import LONG

ROOT = Path(__file__).resolve().parents[1]


DEFAULTS = {
    "environment": "development",
    "env_file": "",
    "problems": ROOT / "problems",
    "db_url_test": "",
    "is_test": False,
    "is_db_perf": False,
    "log_level": "INFO",
    "log_format": "text",
    "log_bytes": 10 * 2**20,
    "log_files": 5,
    "is_access_logged": False,
    "is_csrf_checked": True,
    "host": "0.0.0.0",
    "port": 8080,
    "hosts": (),
    "web_workers": 3,
    "jail": "bubblewrap",
    "jail_min_level": "B",
    "n_parallel_folds": 0,
    "warm_bytes": 2 * 2**30,
    "dask_scheduler": "",
    "lease_s": 60,
    "trash_s": 86400,
    "max_memory_percent": 90,
    "keep_outputs_days": 30,
    "keep_jobs_days": 180,
    "team_jobs": 2,
    "user_quota_bytes": 15 * 10**9,
    "max_upload_bytes": 101 * 2**20,
    "sandbox_versions": 50,
    "sandbox_version_days": 30,
    "page_size": 100,
    "schedule": {},
    "alert_mail": (),
    "alert_webhook": "",
    "mail": "file",
    "smtp_host": "localhost",
    "smtp_port": 587,
    "smtp_user": "",
    "smtp_password": "",
    "smtp_tls": "starttls",
    "smtp_from": "databoard@localhost",
    "min_free_bytes": 1073741824,
    "pg_bin": None,
    "backup_all_h": 24,
    "backup_daily": 7,
    "backup_weekly": 4,
    "backup_monthly": 6,
    "backup_interval_s": 86400,
    "backup_event_interval_s": 3600,
    "backup_target": "",
    "targets": Path.home() / ".databoard.ini",
    "metrics_token": "",
    "metrics_hosts": (ip_network("127.0.0.0/8"), ip_network("::1")),
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
    ("DATABOARD_LOG_FORMAT", "json", "json"),
    ("DATABOARD_LOG_BYTES", "10000", 10_000),
    ("DATABOARD_LOG_FILES", "1", 1),
    ("DATABOARD_ACCESS_LOG", "on", True),
    ("WTF_CSRF_ENABLED", "False", False),
    ("DATABOARD_HOST", "127.0.0.1", "127.0.0.1"),
    ("DATABOARD_PORT", "80", 80),
    ("DATABOARD_HOSTS", " Db.example.org, .example.net,[::1]", ("db.example.org", ".example.net", "[::1]")),
    ("DATABOARD_WEB_WORKERS", "64", 64),
    ("DATABOARD_JAIL", "none", "none"),
    ("DATABOARD_JAIL_MIN_LEVEL", "A", "A"),
    ("DATABOARD_PARALLEL_FOLDS", "2", 2),
    ("DATABOARD_WARM_BYTES", "0", 0),
    ("DATABOARD_DASK_SCHEDULER", "tls://dask.example.org:8786", "tls://dask.example.org:8786"),
    ("DATABOARD_PAGE_SIZE", "50", 50),
    ("DATABOARD_SCHEDULE", "backup=0 1 * * *; tick=off", {"backup": "0 1 * * *", "tick": "off"}),
    ("DATABOARD_ALERT_MAIL", "root@example.org, olga@example.org", ("root@example.org", "olga@example.org")),
    ("DATABOARD_ALERT_WEBHOOK", "https://chat.example.org/x", "https://chat.example.org/x"),
    ("DATABOARD_ALERT_WEBHOOK", "http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
    ("DATABOARD_MAIL", "smtp", "smtp"),
    ("DATABOARD_SMTP_HOST", "mail.example.org", "mail.example.org"),
    ("DATABOARD_SMTP_PORT", "465", 465),
    ("DATABOARD_SMTP_USER", "databoard", "databoard"),
    ("DATABOARD_SMTP_PASSWORD", "w" * 12, "w" * 12),
    ("DATABOARD_SMTP_TLS", "none", "none"),
    ("DATABOARD_SMTP_FROM", "databoard@example.org", "databoard@example.org"),
    ("DATABOARD_MIN_FREE_BYTES", "0", 0),
    ("DATABOARD_LEASE_S", "2", 2),
    ("DATABOARD_TRASH_S", "60", 60),
    ("DATABOARD_MAX_MEMORY_PERCENT", "80", 80),
    ("DATABOARD_KEEP_OUTPUTS", "7d", 7),
    ("DATABOARD_KEEP_JOBS", "1d", 1),
    ("DATABOARD_TEAM_JOBS", "0", 0),
    ("DATABOARD_USER_QUOTA", "45GB", 45 * 10**9),
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
    ("DATABOARD_METRICS_TOKEN", "0123456789abcdefghij", "0123456789abcdefghij"),
    ("DATABOARD_METRICS_HOSTS", "10.0.0.7, fd00::/8", (ip_network("10.0.0.7"), ip_network("fd00::/8"))),
    ("DATABOARD_METRICS_HOSTS", "none", ()),
    ("DATABOARD_PROXIES", "1", 1),
]

BAD = [
    ("DATABOARD_METRICS_TOKEN", "short"),
    ("DATABOARD_METRICS_HOSTS", "grafana.example.org"),
    ("DATABOARD_METRICS_HOSTS", "10.0.0.7/8"),
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
    ("DATABOARD_LOG_FORMAT", "xml"),
    ("DATABOARD_LOG_BYTES", "9999"),
    ("DATABOARD_LOG_FILES", "0"),
    ("DATABOARD_ACCESS_LOG", "maybe"),
    ("WTF_CSRF_ENABLED", "perhaps"),
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
    ("DATABOARD_WARM_BYTES", "2 GB"),
    ("DATABOARD_PAGE_SIZE", "0"),
    ("DATABOARD_SCHEDULE", "backup=99 * * * *"),
    ("DATABOARD_ALERT_MAIL", "root"),
    ("DATABOARD_ALERT_MAIL", "root olga"),
    ("DATABOARD_ALERT_WEBHOOK", "http://chat.example.org/x"),
    ("DATABOARD_ALERT_WEBHOOK", "file:///etc/passwd"),
    ("DATABOARD_MAIL", "post"),
    ("DATABOARD_SMTP_PORT", "0"),
    ("DATABOARD_SMTP_TLS", "maybe"),
    ("DATABOARD_SMTP_FROM", "databoard"),
    ("DATABOARD_MIN_FREE_BYTES", "-1"),
    ("DATABOARD_LEASE_S", "1"),
    ("DATABOARD_TRASH_S", "59"),
    ("DATABOARD_MAX_MEMORY_PERCENT", "0.9"),
    ("DATABOARD_MAX_MEMORY_PERCENT", "101"),
    ("DATABOARD_KEEP_OUTPUTS", "30 days"),
    ("DATABOARD_KEEP_JOBS", "0d"),
    ("DATABOARD_TEAM_JOBS", "-1"),
    ("DATABOARD_USER_QUOTA", "much"),
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
FREE_TEXT = {
    "DATABOARD_SMTP_HOST",
    "DATABOARD_SMTP_USER",
    "DATABOARD_SMTP_PASSWORD",
    "DATABOARD_ENV_FILE",
    "DATABOARD_SECRET_KEY",
    "DATABOARD_HOST",
}


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
    shown = SETTING[variable].masked(text)
    assert (shown == "***") == variable.endswith(("_TOKEN", "_WEBHOOK"))
    assert str(error.value) == f"{variable} holds {shown!r}; expected {SETTING[variable].expected}."


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


def test_no_log_shows_the_keys_and_passwords_of_the_settings(load):
    token = "token-of-the-metrics"
    settings = load(
        DATABOARD_SECRET_KEY=LONG,
        DATABOARD_DB_URL="postgresql://u:a%20pass@db/databoard",
        DATABOARD_METRICS_TOKEN=token,
    )
    assert set(settings.secrets()) == {LONG, "a%20pass", "a pass", token}


# Types


def test_a_setting_stays_as_it_was_read(load):
    settings = load()
    for setting in SETTINGS:
        with pytest.raises(AttributeError, match=f"{setting.attribute} is read from {setting.variable}"):
            setattr(settings, setting.attribute, "another")
