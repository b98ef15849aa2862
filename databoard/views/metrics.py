"""The page of numbers that Prometheus reads."""

from flask import Blueprint, Response, g
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest

from databoard.queries.metrics import SiteMetrics
from databoard.views.admin_access import needs_metrics
from databoard.views.counting import RequestMetrics

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
@needs_metrics
def show() -> ResponseReturnValue:
    """Show the numbers of the site and of its requests, in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(SiteMetrics(g.session, g.config, g.now))
    registry.register(RequestMetrics())
    headers = {"Cache-Control": "private, no-store"}
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4, headers=headers)
