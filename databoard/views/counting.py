"""How many requests there were and how long they took, by method, route and status. Called by ``app`` after each.

A label holds the rule of a route and never the address that was asked for, so strangers cannot add labels.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from flask import Response, request
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from databoard.ops import process_counts

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

disable_created_metrics()
_own = CollectorRegistry()
_requests = Counter(
    "databoard_http_requests", "Requests that were answered.", ("method", "route", "status"), registry=_own
)
_durations = Histogram(
    "databoard_http_request_duration_seconds",
    "How long answers took.",
    ("method", "route"),
    registry=_own,
    buckets=BUCKETS_S,
)


def count(response: Response, duration_s: float) -> None:
    """Count the request that is answered."""
    method = request.method if request.method in METHODS else "other"
    route = "none" if request.url_rule is None else request.url_rule.rule
    _requests.labels(method, route, str(response.status_code)).inc()
    _durations.labels(method, route).observe(duration_s)


class RequestMetrics:
    """Collects the requests of all processes of this web server; of this process where there is no folder."""

    def collect(self) -> Iterator[Metric]:
        """Yield the counts; called by the Prometheus client."""
        folder = os.environ.get(process_counts.VARIABLE)
        if not folder:
            yield from _own.collect()
            return
        with process_counts.readable(Path(folder)):
            found = list(MultiProcessCollector(None, folder).collect())
        yield from found
