"""Hands of the tests of queries: those of the services, which write the rows that are read."""

from tests.services import conftest as services

hand_in, claim, started = services.hand_in, services.claim, services.started
add_workers, add_scored = services.add_workers, services.add_scored
n_queries, name_of, runs, scores = services.n_queries, services.name_of, services.runs, services.scores
