"""Change an account by hand."""

import pytest

from databoard.errors import RuleError
from databoard.services.people.changing import change_user


@pytest.mark.parametrize(
    ("text", "quota"), [("2GB", 2 * 10**9), ("x3", 3 * 10**9), ("default", None), ("0", 0)]
)
def test_a_quota_is_a_size_a_factor_or_the_default(session, alice, root, now, text, quota):
    alice.quota = 10**9
    session.flush()
    change_user(session, alice, {"quota": text}, actor=root, now=now)
    assert alice.quota == quota


def test_a_factor_of_the_default_is_refused(session, alice, root, now):
    with pytest.raises(RuleError, match="Expected quota to be a size such as 45GB"):
        change_user(session, alice, {"quota": "x3"}, actor=root, now=now)
