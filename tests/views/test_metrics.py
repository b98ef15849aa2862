"""The numbers for Prometheus: who reads them, that its parser does, and that they are those of the tables."""

import re
from collections import Counter
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select

import config
from databoard.app import request_facts
from databoard.models import Job, Submission
from databoard.states import JobState, JobStep
from tests import busy_site

DOCS = Path(__file__).resolve().parents[2] / "docs"
FAR = {"REMOTE_ADDR": "192.0.2.9"}
TOKEN = "a-token-of-some-length"
WITH_TOKEN = {"environ_base": FAR, "headers": {"Authorization": f"Bearer {TOKEN}"}}
WITH_ANOTHER = {"environ_base": FAR, "headers": {"Authorization": f"Bearer {TOKEN}x"}}
NAMES = {
    "databoard_jobs",
    "databoard_oldest_waiting_seconds",
    "databoard_submissions",
    "databoard_submission_errors",
    "databoard_workers",
    "databoard_job_duration_seconds",
    "databoard_http_requests",
    "databoard_http_request_duration_seconds",
    "databoard_disk_bytes",
    "databoard_users",
    "databoard_backup_age_seconds",
    "databoard_schedule_last_success_seconds",
    "databoard_maintenance",
    "databoard_build_info",
}


def families(text):
    return {family.name: family for family in text_string_to_metric_families(text)}


def sums(family, *labels):
    """Return the sum of the samples by some of their labels."""
    found = Counter()
    for sample in family.samples:
        found[tuple(sample.labels[label] for label in labels)] += sample.value
    return found


@pytest.fixture
def configured(app, clock):
    """Change settings of the running site."""
    before = app.extensions["databoard"]["config"]

    def configured(**settings):
        given = {
            "DATABOARD_ENV": "testing",
            "DATABOARD_HOME": str(before.home),
            "DATABOARD_SECRET_KEY": before.secret_key,
        }
        app.extensions["databoard"].update(request_facts(config.load(given | settings), clock))

    yield configured
    app.extensions["databoard"].update(request_facts(before, clock))


def test_the_official_parser_reads_every_family(visit, session, store, now):
    busy_site.fill(session, store, now)
    answer = visit(None).get("/metrics")
    assert answer.status_code == 200 and answer.content_type.startswith("text/plain; version=0.0.4")
    found = families(answer.text)
    assert set(found) >= NAMES
    assert all(family.documentation for family in found.values())


def test_the_sums_over_states_are_those_of_the_tables(visit, session, store, now):
    busy_site.fill(session, store, now)
    found = families(visit(None).get("/metrics").text)
    n_jobs = Counter(
        {
            (str(state),): n
            for state, n in session.execute(select(Job.state, func.count()).group_by(Job.state))
        }
    )
    assert n_jobs and sums(found["databoard_jobs"], "state") == n_jobs
    by_label = sums(found["databoard_jobs"], "kind", "state")
    assert set(by_label) == {(step, state) for step in JobStep for state in JobState}
    assert sum(sums(found["databoard_submissions"], "event").values()) == session.scalar(
        select(func.count()).select_from(Submission)
    )
    timed = select(func.count()).where(Job.finished_at.is_not(None), Job.started_at.is_not(None))
    counts = [s for s in found["databoard_job_duration_seconds"].samples if s.name.endswith("_count")]
    assert sum(sample.value for sample in counts) == session.scalar(timed)


def test_a_request_is_counted_under_its_route_and_never_its_address(visit):
    visitor = visit(None)
    route = {"method": "GET", "route": "/events/<event_name>", "status": "303"}

    def count():
        samples = families(visitor.get("/metrics").text)["databoard_http_requests"].samples
        assert not [sample for sample in samples if "secret_name" in str(sample.labels)]
        return sum(sample.value for sample in samples if sample.labels == route)

    before = count()
    for number in range(3):
        visitor.get(f"/events/secret_name_{number}")
        visitor.get(f"/secret_name_{number}")
    assert count() == before + 3


@pytest.mark.parametrize(
    ("settings", "facts", "status"),
    [
        ({}, {}, 200),  # this machine
        ({}, {"environ_base": FAR}, 401),
        ({}, {"headers": {"X-Forwarded-For": "192.0.2.9"}}, 401),
        ({}, {"headers": {"Forwarded": "for=127.0.0.1"}}, 401),
        ({}, {"headers": {"Host": "127.0.0.1:8080"}}, 200),
        ({"DATABOARD_METRICS_HOSTS": "none"}, {}, 401),
        ({"DATABOARD_METRICS_HOSTS": ""}, {"environ_base": FAR}, 401),
        ({"DATABOARD_METRICS_HOSTS": "192.0.2.0/24"}, {"environ_base": FAR}, 200),
        ({"DATABOARD_METRICS_HOSTS": "192.0.2.0/24"}, {}, 401),
        ({"DATABOARD_METRICS_TOKEN": TOKEN}, {"environ_base": FAR}, 401),
        ({"DATABOARD_METRICS_TOKEN": TOKEN}, WITH_TOKEN, 200),
        ({"DATABOARD_METRICS_TOKEN": TOKEN}, WITH_ANOTHER, 401),
        ({"DATABOARD_METRICS_TOKEN": ""}, {"environ_base": FAR, "headers": {"Authorization": "Bearer "}}, 401),
        ({"DATABOARD_METRICS_TOKEN": ""}, {"environ_base": FAR, "headers": {"Authorization": "Bearer"}}, 401),
    ],
)  # fmt: skip
def test_who_reads_the_numbers_without_a_login(visit, configured, settings, facts, status):
    configured(**settings)
    answer = visit(None).get("/metrics", **facts)
    assert answer.status_code == status
    assert status == 200 or answer.headers["X-Error-Code"] == "Unauthenticated"


@pytest.mark.parametrize(("name", "status"), [("alice", 403), ("olga", 403), ("root", 200)])
def test_of_those_logged_in_only_admins_read_them(visit, name, status):
    assert visit(name).get("/metrics", environ_base=FAR).status_code == status


@pytest.mark.parametrize("name", ["monitoring/grafana.json", "monitoring/alerts.yml", "monitoring.md"])
def test_dashboard_alerts_and_manual_name_only_numbers_that_exist(visit, name):
    text = (DOCS / name).read_text()
    named = set(re.findall(r"databoard_\w+", text))
    samples = list(families(visit(None).get("/metrics").text).values())
    there = {sample.name for family in samples for sample in family.samples} | {
        found.name for found in samples
    }
    assert len(named) >= 7 and named <= there
    assert name != "monitoring.md" or {name.removesuffix("_total") for name in named} >= NAMES
