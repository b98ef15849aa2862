"""Every setting of the server, read from the environment and checked at start.

Each setting is one row of :class:`Config`, whose type follows from how it is read; ``docs/settings.md`` lists the
same rows and a test compares them. A value that cannot be used stops the start with the variable, what it held and
what it should hold.
"""

import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path, PurePosixPath
from typing import Any, Generic, NoReturn, Self, TypeVar, overload
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent
MIB = 1024 * 1024
#: What a secret key of chance always has: 64 hex digits hold 15 different ones, or all 16.
MIN_DIFFERENT = 10
MIN_PASSWORD = 12
MIN_TOKEN = 20
#: How the attributes of settings end whose values nobody is shown.
SECRET_ENDINGS = ("secret_key", "password", "token", "secret", "webhook")
#: From all to the least.
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
T = TypeVar("T")


class SettingError(ValueError):
    """A variable of the environment holds what it cannot mean."""


@dataclass(eq=False)
class Setting(Generic[T]):
    """One setting: its variable, how to read it, what it should hold, what it is for.

    On a :class:`Config` it is the checked value, of the type that `parse` returns; it cannot be replaced.
    """

    variable: str
    parse: Callable[[str], T]
    default: str
    expected: str
    purpose: str
    attribute: str = field(init=False)

    def __set_name__(self, owner: type["Config"], name: str) -> None:
        self.attribute = name

    @overload
    def __get__(self, config: None, owner: type["Config"]) -> Self: ...
    @overload
    def __get__(self, config: "Config", owner: type["Config"]) -> T: ...
    def __get__(self, config: "Config | None", owner: type["Config"]) -> Self | T:
        if config is None:
            return self
        value: T = config.values[self.attribute]
        return value

    def __set__(self, config: "Config", value: NoReturn) -> NoReturn:
        raise AttributeError(f"{self.attribute} is read from {self.variable} at start and stays as it is.")

    def source(self, given: Mapping[str, str], with_file: Mapping[str, str]) -> str:
        """Return where the value comes from, of an environment alone and together with its file of settings."""
        is_set = [bool(environ.get(self.variable, "").strip()) for environ in (given, with_file)]
        return "environment" if is_set[0] else "file" if is_set[1] else "default"

    def masked(self, text: str) -> str:
        """Return a value as it may be shown: stars for a secret."""
        if self.attribute.endswith(SECRET_ENDINGS):
            return "***" if text else ""
        return without_password(text)

    def read(self, environ: Mapping[str, str]) -> T:
        """Return the checked value, or raise :class:`SettingError`."""
        text = environ.get(self.variable, "").strip() or self.default
        try:
            return self.parse(text)
        except ValueError:
            raise SettingError(
                f"{self.variable} holds {self.masked(text)!r}; expected {self.expected}."
            ) from None


def without_password(text: str) -> str:
    """Return `text` for a message, without whatever could be a password in an address: all before the last @."""
    login, at, host = text.rpartition("@")
    scheme, slashes, _ = login.partition("//")
    text = f"{scheme + slashes if slashes else ''}…@{host}" if at else text
    return re.sub(r"(password=)[^&\s]*", r"\1…", text, flags=re.IGNORECASE)


def parse_bool(text: str) -> bool:
    """Return what `text` says: True/1/yes/on or False/0/no/off in any case; the word False is false."""
    word = text.strip().lower()
    if word in {"true", "1", "yes", "y", "on"}:
        return True
    if word in {"false", "0", "no", "n", "off", ""}:
        return False
    raise ValueError(text)


def _whole(minimum: int, maximum: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = int(text)
        if not minimum <= number <= maximum:
            raise ValueError(text)
        return number

    return parse


def _days(minimum: int, maximum: int) -> Callable[[str], int]:
    whole = _whole(minimum, maximum)
    return lambda text: whole(text.removesuffix("d"))


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return parse


def _database_url(text: str) -> str:
    if text and not text.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg2://")):
        raise ValueError(text)
    # Without a driver in its name the URL would ask SQLAlchemy for psycopg 3, which is not what we install.
    return text.replace("postgresql://", "postgresql+psycopg2://", 1)


def _hosts(text: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    if not all(re.fullmatch(r"\*|\.?[a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\]", name) for name in names):
        raise ValueError(text)
    return names


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(
        ip_network(part.strip()) for part in text.split(",") if part.strip() and part.strip() != "none"
    )


def _long_word(text: str) -> str:
    if text and (len(text) < MIN_TOKEN or not text.isascii() or " " in text):
        raise ValueError(text)
    return text


def _dask_address(text: str) -> str:
    if text and not re.fullmatch(r"(tcp|tls)://[^\s/@:]+:[0-9]{1,5}", text):
        raise ValueError(text)
    return text


def _addresses(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not all(re.fullmatch(r"[^\s@<>\"(),;:]+@[^\s@<>\"(),;:]+", address, re.ASCII) for address in found):
        raise ValueError(text)
    return found


def _address(text: str) -> str:
    (address,) = _addresses(text)
    return address


def _webhook(text: str) -> str:
    address = urlsplit(text)
    is_local = address.scheme == "http" and address.hostname in {"127.0.0.1", "::1", "localhost"}
    if text and not (address.hostname and (address.scheme == "https" or is_local) and text.isprintable()):
        raise ValueError(text)
    return text


def _schedule(text: str) -> dict[str, str]:
    from databoard.ops.schedule.times import parse_changes

    return parse_changes(text)


def _quota(text: str) -> int:
    from databoard.services.base.setters import size

    return size(text)


def _folder(text: str) -> Path:
    try:
        return Path(text).expanduser().resolve()
    except RuntimeError:  # ~nobody
        raise ValueError(text) from None


def _folder_or_none(text: str) -> Path | None:
    return _folder(text) if text else None


def _backup_target(text: str) -> str:
    if text and not re.fullmatch(r"/\S.*|(?:[\w.-]+@)?(?!-)[\w.-]+:[\w./~-]+", text):
        raise ValueError(text)
    return text


def _log_level(text: str) -> str:
    return _one_of(*LOG_LEVELS)(text.upper())


_DB = "sqlite:///<path> or postgresql://<user>:<password>@<host>/<database>"
_BOOL = "True or False (also 1, 0, yes, no)"


class Config:
    """The checked settings, an attribute each, and what follows from them.

    Parameters
    ----------
    environ : mapping of str to str, optional
        Where the variables are read from; the process environment by default.

    Raises
    ------
    SettingError
        Naming the variable, what it held and what it should hold.
    """

    is_production = False
    is_debug = False

    # fmt: off
    environment = Setting("DATABOARD_ENV", _one_of("development", "testing", "production"), "development",
            "development, testing or production", "Which of the configurations below is used.")
    env_file = Setting("DATABOARD_ENV_FILE", str, "", "the path of a file that only its owner can read",
            "More settings, a line NAME=value each; a variable of the environment wins over its line.")
    home = Setting("DATABOARD_HOME", _folder, str(ROOT / "var"), "a folder",
            "Where data lives: database, files of submissions, predictions, logs.")
    problems = Setting("DATABOARD_PROBLEMS", _folder, str(ROOT / "problems"), "a folder",
            "Where the kits are, one folder a problem.")
    db_url = Setting("DATABOARD_DB_URL", _database_url, "", _DB,
            "The database; empty means SQLite in DATABOARD_HOME.")
    db_url_test = Setting("DATABOARD_DB_URL_TEST", _database_url, "", _DB,
            "The database used instead while DATABOARD_TEST is true; empty means SQLite in DATABOARD_HOME.")
    is_test = Setting("DATABOARD_TEST", parse_bool, "False", _BOOL,
            "Work on the test database.")
    is_db_perf = Setting("DATABOARD_DB_PERF", parse_bool, "False", _BOOL,
            "Log every database query that takes 0.5 s or longer: statement, duration, caller.")
    secret_key = Setting("DATABOARD_SECRET_KEY", str, "", "at least 32 random characters",
            "Signs sessions; made in DATABOARD_HOME in development, required in production.")
    log_level = Setting("DATABOARD_LOG_LEVEL", _log_level, "INFO", "DEBUG, INFO, WARNING or ERROR",
            "From which level on web server, workers and commands log.")
    log_format = Setting("DATABOARD_LOG_FORMAT", _one_of("text", "json"), "text", "text or json",
            "How a line of a log is written.")
    log_bytes = Setting("DATABOARD_LOG_BYTES", _whole(10_000, 1024 * MIB), str(10 * MIB),
            "a whole number of bytes from 10000 to 1073741824",
            "A larger log file is put aside, and a new one begun.")
    log_files = Setting("DATABOARD_LOG_FILES", _whole(1, 100), "5", "a whole number from 1 to 100",
            "Log files of each kind that are kept beside the current one.")
    is_access_logged = Setting("DATABOARD_ACCESS_LOG", parse_bool, "False", _BOOL,
            "Log every request: who, what, status, duration.")
    host = Setting("DATABOARD_HOST", str, "0.0.0.0", "an address of this machine",  # noqa: S104
            "The address to listen on.")
    port = Setting("DATABOARD_PORT", _whole(1, 65535), "8080", "a whole number from 1 to 65535",
            "The port to listen on.")
    hosts = Setting("DATABOARD_HOSTS", _hosts, "",
            "names of hosts without a port, separated by commas; .example.org also means all below it, * every name",
            "The names that browsers may call this server by; empty means every name, and is refused in production.")
    web_workers = Setting("DATABOARD_WEB_WORKERS", _whole(1, 64), "3", "a whole number from 1 to 64",
            "Processes that answer web requests.")
    jail = Setting("DATABOARD_JAIL", _one_of("bubblewrap", "none"), "bubblewrap", "bubblewrap or none",
            "What student code runs in; none only on a trusted laptop, refused in production.")
    jail_min_level = Setting("DATABOARD_JAIL_MIN_LEVEL", _one_of("A", "B"), "B", "A or B",
            "The least wall that will do: A, a cell for each fold in a warm jail; B, a jail for each fold.")
    n_parallel_folds = Setting("DATABOARD_PARALLEL_FOLDS", _whole(0, 256), "0",
            "a whole number from 0 to 256",
            "Folds that one worker trains at a time; 0 means one a core, on Dask as many as it has slots.")
    warm_bytes = Setting("DATABOARD_WARM_BYTES", _whole(0, 1 << 40), str(2048 * MIB),
            "a whole number of bytes from 0 to 1099511627776",
            "Memory that kits may take which a worker keeps ready; submissions find room beyond it.")
    dask_scheduler = Setting("DATABOARD_DASK_SCHEDULER", _dask_address, "",
            "tcp://<host>:<port> or tls://<host>:<port>",
            "The scheduler of a Dask cluster that runs the folds; empty means this machine.")
    page_size = Setting("DATABOARD_PAGE_SIZE", _whole(1, 1000), "100", "a whole number from 1 to 1000",
            "Rows on a page of an administration table, its JSON and its CSV.")
    schedule = Setting("DATABOARD_SCHEDULE", _schedule, "", "name=expression of cron;name=off",
            "When entries of the schedule run, in UTC, or that they do not: backup=0 1 * * *;check_boards=off.")
    alert_mail = Setting("DATABOARD_ALERT_MAIL", _addresses, "", "addresses separated by commas",
            "Who gets a mail when something is wrong with the site: one per kind and hour.")
    alert_webhook = Setting("DATABOARD_ALERT_WEBHOOK", _webhook, "", "https://… or http://127.0.0.1…",
            "Where the same is sent as JSON: kind, text, fix, host, is_over. It is never shown.")
    mail = Setting("DATABOARD_MAIL", _one_of("console", "file", "smtp"), "file", "console, file or smtp",
            "How mail is sent: printed, written into DATABOARD_HOME/mail, or by the mail server below.")
    smtp_host = Setting("DATABOARD_SMTP_HOST", str, "localhost", "the name of a mail server",
            "The mail server.")
    smtp_port = Setting("DATABOARD_SMTP_PORT", _whole(1, 65535), "587", "a whole number from 1 to 65535",
            "Its port.")
    smtp_user = Setting("DATABOARD_SMTP_USER", str, "", "a login", "The login there; empty means none.")
    smtp_password = Setting("DATABOARD_SMTP_PASSWORD", str, "", "a password", "The password of the login.")
    smtp_tls = Setting("DATABOARD_SMTP_TLS", _one_of("starttls", "tls", "none"), "starttls", "starttls, tls or none",
            "How the connection is encrypted; with none a password is sent to this machine only.")
    smtp_from = Setting("DATABOARD_SMTP_FROM", _address, "databoard@localhost", "an address",
            "The sender of every mail.")
    lease_s = Setting("DATABOARD_LEASE_S", _whole(2, 3600), "60", "a whole number of seconds from 2 to 3600",
            "A job without a sign of life for this long goes back to waiting.")
    trash_s = Setting("DATABOARD_TRASH_S", _whole(60, 2592000), "86400",
            "a whole number of seconds from 60 to 2592000",
            "Predictions and files that no row names any more are kept for this long; longer than a backup takes.")
    min_free_bytes = Setting("DATABOARD_MIN_FREE_BYTES", _whole(0, 1 << 50), str(1024 * MIB),
            "a whole number of bytes from 0 to 1125899906842624",
            "While the disk has less room, nothing is uploaded or saved and workers take no job; 0 uses all of it.")
    max_memory_percent = Setting("DATABOARD_MAX_MEMORY_PERCENT", _whole(10, 100), "90",
            "a whole number from 10 to 100",
            "A worker takes no job while so much of the memory of its machine, or more, is used.")
    keep_outputs_days = Setting("DATABOARD_KEEP_OUTPUTS", _days(1, 3650), "30d",
            "days from 1d to 3650d",
            "Outputs of failed and cancelled submissions are kept for this long; their logs stay.")
    keep_jobs_days = Setting("DATABOARD_KEEP_JOBS", _days(1, 3650), "180d", "days from 1d to 3650d",
            "Jobs that ended, and the logs of their attempts, are kept for this long.")
    team_jobs = Setting("DATABOARD_TEAM_JOBS", _whole(0, 256), "2", "a whole number from 0 to 256",
            "Submissions of one team that train at the same time; 0 means no cap.")
    user_quota_bytes = Setting("DATABOARD_USER_QUOTA", _quota, "15GB", "a size such as 15GB",
            "What an account may keep: files of its submissions, and versions that it saved.")
    max_upload_bytes = Setting("DATABOARD_MAX_UPLOAD_BYTES", _whole(1024, 1024 * MIB), str(101 * MIB),
            "a whole number of bytes from 1024 to 1073741824", "The largest request the server reads.")
    sandbox_versions = Setting("DATABOARD_SANDBOX_VERSIONS", _whole(5, 1000), "50", "a whole number from 5 to 1000",
            "Versions of each sandbox file that are kept, so that a team can go back.")
    sandbox_version_days = Setting("DATABOARD_SANDBOX_VERSION_DAYS", _whole(1, 3650), "30",
            "a whole number of days from 1 to 3650",
            "Older versions go when the file is saved again; the latest five stay.")
    pg_bin = Setting("DATABOARD_PG_BIN", _folder_or_none, "", "a folder",
            "Where pg_dump and pg_restore are; empty means the usual places of the version of the server.")
    backup_all_h = Setting("DATABOARD_BACKUP_ALL_H", _whole(1, 8760), "24", "a whole number of hours from 1 to 8760",
            "Every backup is kept for this long.")
    backup_daily = Setting("DATABOARD_BACKUP_DAILY", _whole(1, 3650), "7", "a whole number from 1 to 3650",
            "Days of which the last backup is kept.")
    backup_weekly = Setting("DATABOARD_BACKUP_WEEKLY", _whole(0, 520), "4", "a whole number from 0 to 520",
            "Weeks (Monday to Sunday, UTC) of which the last backup is kept.")
    backup_monthly = Setting("DATABOARD_BACKUP_MONTHLY", _whole(0, 120), "6", "a whole number from 0 to 120",
            "Months of which the last backup is kept.")
    backup_interval_s = Setting("DATABOARD_BACKUP_INTERVAL_S", _whole(300, 2592000), "86400",
            "a whole number of seconds from 300 to 2592000",
            "How far apart backups are; the cron line asks more often whether one is due.")
    backup_event_interval_s = Setting("DATABOARD_BACKUP_EVENT_INTERVAL_S", _whole(300, 2592000), "3600",
            "a whole number of seconds from 300 to 2592000",
            "How far apart they are at most while an event closes within a day.")
    backup_target = Setting("DATABOARD_BACKUP_TARGET", _backup_target, "",
            "a mount point, <mount point>/./<folder> or [<user>@]<host>:<folder>",
            "Where each backup is copied to by rsync: another disk or host; empty means nowhere.")
    targets = Setting("DATABOARD_TARGETS", _folder, "~/.databoard.ini", "the path of a file",
            "The machines that are published to, and that tasks run on; it holds no password.")
    metrics_token = Setting("DATABOARD_METRICS_TOKEN", _long_word, "", "at least 20 random characters",
            "Opens /metrics to a program that sends it as a bearer token; empty opens it to none.")
    metrics_hosts = Setting("DATABOARD_METRICS_HOSTS", _networks, "127.0.0.0/8,::1", "addresses or networks, or none",
            "Who reads /metrics without a token; this machine by default, when no proxy is between.")
    n_proxies = Setting("DATABOARD_PROXIES", _whole(0, 8), "0", "a whole number from 0 to 8",
            "Reverse proxies in front whose X-Forwarded-* headers are believed.")
    is_csrf_checked = Setting("WTF_CSRF_ENABLED", parse_bool, "True", _BOOL,
            "Refuse a form without the token of its page; False only for a load test, refused in production.")
    # fmt: on

    def __init__(self, environ: Mapping[str, str] | None = None):
        given = os.environ if environ is None else environ
        environ = with_env_file(given)
        #: What the rows above give out, by attribute.
        self.values: dict[str, Any] = {setting.attribute: setting.read(environ) for setting in SETTINGS}
        #: Where each value comes from, by attribute: environment, file or default.
        self.sources = {setting.attribute: setting.source(given, environ) for setting in SETTINGS}
        # Closed to others from the start: the database, submissions and predictions lie in it.
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.values |= {"db_url": self._database(), "secret_key": self._secret()}
        self._check()

    def _database(self) -> str:
        if self.is_test:
            return self._test_database() or f"sqlite:///{self.home / 'databoard_test.db'}"
        return self.db_url or f"sqlite:///{self.home / 'databoard.db'}"

    def _test_database(self) -> str:
        """Return the URL of the test database; refuse one that could be that of the site."""
        name = PurePosixPath(urlsplit(self.db_url_test).path).name
        if self.db_url_test and "test" not in name.lower():
            raise SettingError(
                f"DATABOARD_DB_URL_TEST names the database {name!r}; expected one with 'test' in its name, because "
                "DATABOARD_TEST is true and tests may empty it."
            )
        return self.db_url_test

    def _secret(self) -> str:
        """Return the secret key; in development make one in the home folder and keep it."""
        if self.secret_key:
            return self.secret_key
        path = self.home / "secret_key"
        if not path.exists():
            _create_whole(path, secrets.token_hex(32))
        return path.read_text().strip()

    def _check(self) -> None:
        """Refuse combinations that cannot work; the production configuration refuses more."""

    def secrets(self) -> tuple[str, ...]:
        """Return the values that no log may hold: secret key, passwords, the address of the webhook."""
        password = urlsplit(self.db_url).password or ""
        others = filter(None, (self.metrics_token, self.smtp_password, self.alert_webhook))
        return self.secret_key, password, unquote(password), *others

    def shown(self) -> Iterator[tuple[str, str, str]]:
        """Yield variable, value without secrets, and source of every setting."""
        for setting in SETTINGS:
            value = self.values[setting.attribute]
            text = (
                ", ".join(map(str, value))
                if isinstance(value, tuple)
                else ""
                if value is None
                else str(value)
            )
            yield setting.variable, setting.masked(text), self.sources[setting.attribute]

    def web_hosts(self) -> tuple[str, ...]:
        """Return the names that the web server answers to; empty means every name."""
        return () if "*" in self.hosts else self.hosts


#: Every setting, in the order of ``docs/settings.md``.
SETTINGS: tuple[Setting[Any], ...] = tuple(row for row in vars(Config).values() if isinstance(row, Setting))


def _weakness_of_password(db_url: str) -> str:
    """Return what is wrong with the password of a database's address; empty when nothing is, or it needs none."""
    address = urlsplit(db_url)
    if not db_url.startswith("postgresql") or not address.hostname:
        return ""  # a file, or a socket of this machine, whose server asks the kernel who it is
    password, user = unquote(address.password or ""), unquote(address.username or "")
    if not password:  # in a password file, or asked for by a certificate
        return ""
    if password.lower() in {user.lower(), address.path.strip("/").lower()}:
        return "is the name of the user or of the database"
    return f"has {len(password)} characters" if len(password) < MIN_PASSWORD else ""


def with_env_file(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return `environ` and the settings of the file that its DATABOARD_ENV_FILE names.

    Raises
    ------
    SettingError
        If the file cannot be read, is open to others, or a line is no setting of databoard.
    """
    name = environ.get(Config.env_file.variable, "").strip()
    if not name:
        return environ
    path = Path(name).expanduser()
    try:
        mode, text = path.stat().st_mode, path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"DATABOARD_ENV_FILE holds {name!r}; it cannot be read: {error}.") from None
    if mode & 0o077:
        raise SettingError(
            f"DATABOARD_ENV_FILE holds {name!r}; expected a file that only its owner can read, because it holds "
            f"the secret key. Close it: chmod 600 {name}"
        )
    return {**read_env_lines(text, name), **{key: value for key, value in environ.items() if value.strip()}}


def read_env_lines(text: str, name: str) -> dict[str, str]:
    """Return the settings in the lines of a file called `name`: NAME=value, as systemd reads them too."""
    known = {setting.variable for setting in SETTINGS}
    found = {}
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith(("#", ";")):
            continue
        variable, equals, value = (part.strip() for part in line.partition("="))
        if not equals or variable not in known:
            raise SettingError(
                f"{name}, line {number} holds {variable!r}; expected NAME=value with a setting of databoard."
            )
        found[variable] = _without_quotes(value)
    return found


def _without_quotes(value: str) -> str:
    is_quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if is_quoted else value


def _create_whole(path: Path, text: str) -> None:
    """Make a file that only its owner reads; of several processes at once the first wins and none sees half of it."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)


class DevelopmentConfig(Config):
    """A laptop: SQLite, a made secret key, demo accounts allowed."""


class TestingConfig(Config):
    """The test suite: as development, on databases of its own."""

    __test__ = False  # not a test class


class ProductionConfig(Config):
    """A real event: no made secret, no open jail, no password to guess, secure cookies."""

    is_production = True

    def _secret(self) -> str:
        if len(self.secret_key) < 32:
            held = "nothing" if not self.secret_key else f"{len(self.secret_key)} characters"
            raise SettingError(
                f"DATABOARD_SECRET_KEY holds {held}; expected at least 32 random characters in production. "
                "Make one with: python -c 'import secrets; print(secrets.token_hex(32))'"
            )
        return self.secret_key

    def _check(self) -> None:
        """Refuse every weak setting in one message."""
        weak = [text for text in (*self._weak_secrets(), *self._weak_places()) if text]
        if weak:
            raise SettingError(" ".join(weak))

    def _weak_secrets(self) -> Iterator[str]:
        if len(set(self.secret_key)) < MIN_DIFFERENT:
            yield (
                f"DATABOARD_SECRET_KEY holds {len(set(self.secret_key))} different characters; expected random ones "
                "in production. Make them with: python -c 'import secrets; print(secrets.token_hex(32))'"
            )
        if (why := _weakness_of_password(self.db_url)) and not self.is_test:
            yield (
                f"DATABOARD_DB_URL holds a password that {why}; expected at least {MIN_PASSWORD} random "
                "characters in production. Make them with: fab setup_postgres"
            )

    def _weak_places(self) -> Iterator[str]:
        if not self.is_csrf_checked:
            yield (
                "WTF_CSRF_ENABLED holds 'False'; expected True in production: other sites could send forms in the "
                "name of your users."
            )
        if self.jail == "none":
            yield (
                "DATABOARD_JAIL holds 'none'; expected bubblewrap in production: submitted code would read "
                "the database and every label. Install it with: sudo apt-get install -y bubblewrap"
            )
        if self.is_test:
            yield "DATABOARD_TEST holds 'True'; expected False in production: the test database would be served."
        if self.home.stat().st_mode & 0o007:
            yield (
                f"DATABOARD_HOME holds {str(self.home)!r}, which every user of this machine can open; expected a "
                f"closed folder in production. Close it: chmod o-rwx {self.home}"
            )

    def web_hosts(self) -> tuple[str, ...]:
        """Return the names that the web server answers to; only the web server needs them."""
        if not self.hosts:
            raise SettingError(
                "DATABOARD_HOSTS holds nothing; expected in production the names that browsers call this server by, "
                "such as challenge.example.org. Without them a forged Host header would be believed."
            )
        return super().web_hosts()


CONFIGURATIONS: dict[str, type[Config]] = {
    "development": DevelopmentConfig,
    "testing": TestingConfig,
    "production": ProductionConfig,
}


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Return the configuration that DATABOARD_ENV names, checked."""
    environ = os.environ if environ is None else environ
    return CONFIGURATIONS[Config.environment.read(with_env_file(environ))](environ)
