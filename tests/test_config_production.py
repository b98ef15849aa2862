"""Settings in production: what is missing, weak or open to others is refused at the start."""

import re

import pytest

from config import SettingError
from tests.support.settings import LONG


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
    ({"WTF_CSRF_ENABLED": "False"}, "WTF_CSRF_ENABLED holds 'False'; expected True in production"),
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


def test_production_with_secret_and_jail_starts(load):
    settings = load(DATABOARD_ENV="production", DATABOARD_SECRET_KEY=LONG)
    assert (settings.is_production, settings.secret_key) == (True, LONG)


def test_the_web_server_needs_its_names_in_production_only(load):
    production = {"DATABOARD_ENV": "production", "DATABOARD_SECRET_KEY": LONG}
    with pytest.raises(SettingError, match="DATABOARD_HOSTS holds nothing; expected in production the names"):
        load(**production).web_hosts()
    assert load(**production, DATABOARD_HOSTS="db.example.org").web_hosts() == ("db.example.org",)
    assert load(**production, DATABOARD_HOSTS="*").web_hosts() == load().web_hosts() == ()
