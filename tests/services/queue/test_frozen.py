"""A frozen event: what waits goes on waiting and has no place in the line; what runs may end."""

import pytest

from databoard.errors import Forbidden
from databoard.queries import waiting
from databoard.services.queue import jobs, order


def test_what_waits_in_a_frozen_event_is_taken_only_when_it_is_frozen_no_more(
    session, iris_event, owls, charlies, hand_in, claim, name_of, now
):
    first, second = hand_in(owls), hand_in(charlies, "second")
    assert name_of(claim()) == "first"
    iris_event.is_frozen = True
    session.flush()
    assert claim() is None
    assert jobs.n_pending(session) == 1  # what runs; a worker that ends when all is done does not wait
    assert waiting.waiting(session, [first.id, second.id], now=now) == {}
    iris_event.is_frozen = False
    session.flush()
    assert (jobs.n_pending(session), order.positions(session, [second.id], now=now)) == (2, {second.id: 1})
    assert name_of(claim()) == "second"


def test_nobody_submits_to_a_frozen_event_not_even_the_command_line(session, iris_event, owls, hand_in):
    iris_event.is_frozen = True
    session.flush()
    with pytest.raises(Forbidden, match="Iris is frozen: it takes no submission until its organisers go on"):
        hand_in(owls)
