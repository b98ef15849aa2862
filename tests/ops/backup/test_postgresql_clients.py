"""The client programs: only those of the server's version will do, and the message says what to install."""

import pytest

from databoard.errors import RuleError
from databoard.ops.backup.postgresql_clients import find_client


@pytest.fixture
def other_bin(pg_bin):
    """Client programs of another version, from the same wheel."""
    return pg_bin.parents[1] / "pginstall" / "bin"


def version_of(pg_bin):
    return int(pg_bin.parent.name.removeprefix("pginstall"))


def test_the_right_version_is_found_on_the_path(pg_bin, other_bin, monkeypatch):
    monkeypatch.setenv("PATH", f"{other_bin}:{pg_bin}")
    found = find_client("pg_restore", version_of(pg_bin))
    assert find_client("pg_restore", version_of(pg_bin), pg_bin) == pg_bin / "pg_restore"
    assert found.name == "pg_restore" and found.parent != other_bin


def test_another_version_is_refused_with_what_to_install(pg_bin, other_bin):
    major = version_of(pg_bin)
    words = rf"Expected pg_dump of PostgreSQL {major}.*{other_bin}/pg_dump of version 16.*postgresql-client-{major}"
    with pytest.raises(RuleError, match=words):
        find_client("pg_dump", major, other_bin)


def test_none_at_all_is_refused(tmp_path):
    with pytest.raises(RuleError, match="got none"):
        find_client("pg_dump", 18, tmp_path)
