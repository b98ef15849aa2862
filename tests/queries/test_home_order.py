"""The order of the home page: featured public events, then by teams; nothing hidden, nothing random."""

from types import SimpleNamespace

from databoard.queries import events
from tests import busy_site


def test_featured_events_come_first_and_a_hidden_one_is_not_shown(
    session, store, now, iris_event, alice, root
):
    stage = SimpleNamespace(session=session, store=store, now=now)
    quiet = busy_site._twin(stage, iris_event, "iris_quiet")
    busy_site._twin(stage, iris_event, "iris_hidden", is_public=False, is_featured=True)

    def names(user):
        return [card.name for card in events.cards(session, user=user, now=now).rows]

    assert names(None) == names(alice) == ["iris_test", "iris_quiet"]  # by teams
    quiet.is_featured = True
    session.flush()
    assert names(None) == names(alice) == ["iris_quiet", "iris_test"]
    assert names(root) == ["iris_quiet", "iris_test", "iris_hidden"]
