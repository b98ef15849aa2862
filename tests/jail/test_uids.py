"""No two runs share a user id."""

import pytest

from databoard.errors import JailError
from databoard.jail import uids
from databoard.jail.uids import leased_uid


def test_two_leases_differ_and_come_back():
    with leased_uid() as first, leased_uid() as second:
        assert first != second
    with leased_uid() as again:
        assert again == first


def test_when_all_are_taken_the_run_is_refused(monkeypatch):
    monkeypatch.setattr(uids, "N_UIDS", 0)
    with pytest.raises(JailError, match="are taken"), leased_uid():
        pass
