"""Addresses of the original server lead to the pages of today, and say nothing about which names exist."""

import pytest


@pytest.mark.parametrize(
    ("address", "today"),
    [
        ("/description", "/"),
        ("/teaching", "/"),
        ("/description/iris_test", "/events/iris_test"),
        ("/rules/iris_test", "/events/iris_test"),
        ("/teaching/iris_test", "/events/iris_test/teaching"),
        ("/download_starting_kit/iris_test", "/events/iris_test/starting_kit"),
        ("/notebook/iris_test", "/problems/iris/notebook"),
        ("/notebook/iris", "/problems/iris/notebook"),
    ],
)
def test_an_old_address_leads_to_the_page_of_today(visit, address, today):
    alice = visit("alice")
    assert alice.get(address).location == today
    assert alice.get(today).status_code == 200


def test_a_hidden_event_and_none_lead_alike(visit, session, iris_event):
    iris_event.is_public = False
    session.commit()
    for old in ("description", "teaching", "notebook"):
        hidden, missing = (visit().get(f"/{old}/{name}") for name in ("iris_test", "nowhere"))
        assert hidden.status_code == missing.status_code
        assert hidden.location.replace("iris_test", "nowhere") == missing.location
