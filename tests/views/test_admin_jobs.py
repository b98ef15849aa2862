"""The page of a job: attempts with their logs, cancel, rerun; the bundle; and many at once after a look at them."""

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import inspect

from databoard.models import AuditEntry, Event, EventAdmin, Job, Submission
from databoard.queries.job_page import WITHHELD
from databoard.services.people import accounts
from databoard.services.queue import jobs
from databoard.services.results import recording
from databoard.services.submissions import control, submit
from databoard.services.submissions.selection import JobFilter
from databoard.states import ErrorCode, JobState, JobStep, SubmissionState

S = SubmissionState
LATE = timedelta(minutes=2)
HIDDEN = "labels: 0.123456789"


@pytest.fixture
def job(session, submitted):
    """A waiting job that trains."""
    submitted.jobs[0].step = JobStep.train_test
    session.commit()
    return submitted.jobs[0]


@pytest.fixture
def tried_twice(session, job, store, now):
    """A job whose first attempt was a fault of the server, and whose second runs."""
    held = jobs.claim_next(session, worker="near:7", now=now)
    recording.start(session, held, store=store, now=now)
    recording.record_fault(session, held, message=HIDDEN, now=now + LATE)
    session.flush()
    jobs.claim_next(session, worker="far:8", now=now + LATE)
    session.commit()
    return job


@pytest.fixture
def nora(session, now):
    """Somebody who runs another event."""
    nora = accounts.create_user(
        session, name="nora", email="n@example.org", password="four ordinary words", now=now
    )
    event = session.query(Event).one()
    other = Event(
        **{c.key: getattr(event, c.key) for c in inspect(Event).column_attrs if c.key not in {"id", "name"}},
        name="other",
    )
    session.add(EventAdmin(event=other, admin=nora))
    session.commit()


def test_a_job_shows_each_attempt_with_its_log_its_times_and_its_worker(visit, tried_twice, clock):
    clock.forward(minutes=3)
    page = visit("root").get(f"/admin/jobs/{tried_twice.id}").text
    words = (HIDDEN, "attempt 1 started on near:7", "handed back", "attempt 2 started on far:8", "running")
    assert [word for word in words if word not in page] == []
    assert 'hx-trigger="every 5s"' in page and "0 of 2" in page


def test_a_waiting_job_shows_its_place_in_line(visit, job):
    page = visit("root").get(f"/admin/jobs/{job.id}").text
    assert "Place in line" in page and "No worker has taken it yet." in page


def test_an_organiser_sees_jobs_of_own_events_and_no_log_of_the_server(visit, tried_twice, nora):
    page = visit("olga").get(f"/admin/jobs/{tried_twice.id}").text
    assert WITHHELD in page and HIDDEN not in page
    assert visit("nora").get(f"/admin/jobs/{tried_twice.id}").status_code == 404
    assert visit("alice").get(f"/admin/jobs/{tried_twice.id}").status_code == 403


@pytest.mark.parametrize("name", ["root", "olga"])
def test_the_bundle_holds_code_and_versions_and_nothing_hidden(visit, tried_twice, iris_event, name):
    answer = visit(name).get(f"/admin/jobs/{tried_twice.id}/bundle.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        files = {each: archive.read(each).decode() for each in archive.namelist()}
    expected = {"README.txt", "parameters.json", "versions.json", "submission/classifier.py"}
    assert expected <= set(files) and "attempts/1_handed_back.log" in files
    assert files["attempts/1_handed_back.log"] == WITHHELD
    assert json.loads(files["parameters.json"])["event"] == "iris_test"
    assert not re.search(r"labels: 0|SECRET|postgresql|sqlite|test_is|train_is", "".join(files.values()))


def test_cancel_and_requeue_are_posts_and_audited(visit, tried_twice, session):
    root = visit("root")
    assert root.get(f"/admin/jobs/{tried_twice.id}/cancel").status_code in (404, 405)
    root.post(f"/admin/jobs/{tried_twice.id}/cancel", {"requeue": "yes"})
    session.expire_all()
    assert [job.state for job in session.query(Job).order_by(Job.id)] == ["cancelled", "waiting"]
    new = session.query(Job).order_by(Job.id.desc()).first()
    root.post(f"/admin/jobs/{new.id}/cancel")
    session.expire_all()
    assert session.query(Submission).one().state is S.cancelled
    actions = [
        entry.action for entry in session.query(AuditEntry).filter(AuditEntry.object_type == "submission")
    ]
    assert actions[-2:] == ["requeue", "cancel"]


def test_what_ended_runs_again_from_a_step_with_a_priority(visit, scored, session):
    root, url = visit("root"), f"/admin/jobs/{scored.jobs[0].id}/rerun"
    assert root.post(url, {"from_step": "train_test", "priority": "urgent"}).status_code == 422
    assert root.post(url, {"from_step": "cook", "priority": "low"}).status_code == 422
    assert root.post(url, {"from_step": "train_test", "priority": "high"}).status_code == 303
    session.expire_all()
    new = session.query(Job).order_by(Job.id.desc()).first()
    assert (new.step, new.priority, new.state) == (JobStep.train_test, 1, JobState.waiting)
    page = root.get(f"/submissions/{scored.slug}").text
    assert "of the earlier run, until there are new ones" in page and "0.9" in page
    assert "skipped: is new already" in root.post(url, {}, follow_redirects=True).text


def test_many_are_cancelled_after_a_look_and_no_others(visit, job, session, charlies, store, now):
    root = visit("root")
    page = root.get("/admin/jobs/cancel?event=iris_test").text
    assert "Cancel 1 job</button>" in page
    submit.submit(session, event_team=charlies, user=None, name="late", store=store, now=now)
    session.commit()
    ids = re.search(r'name="ids" value="([^"]*)"', page).group(1)
    root.post("/admin/jobs/cancel", {"event": "iris_test", "ids": ids})
    session.expire_all()
    assert {each.name: str(each.state) for each in session.query(Submission)} == {
        "forest": "cancelled",
        "late": "new",
    }


def test_many_run_again_after_a_look(visit, scored, session):
    root = visit("root")
    page = root.get("/admin/submissions/rerun?event=iris_test&state=scored").text
    assert "Run 1 submission again</button>" in page
    fields = {"event": "iris_test", "ids": str(scored.id), "from_step": "check", "priority": "low"}
    root.post("/admin/submissions/rerun", fields)
    session.expire_all()
    new = session.query(Job).order_by(Job.id.desc()).first()
    assert (new.step, new.priority) == (JobStep.check, -1)
    assert "is new already" in root.get("/admin/submissions/rerun?event=iris_test").text


@pytest.mark.parametrize("url", ["/admin/jobs/cancel", "/admin/submissions/rerun"])
def test_without_a_filter_nothing_is_chosen_and_a_wrong_one_is_refused(visit, job, url):
    root = visit("root")
    assert "Choose rows of the table by a filter first." in root.get(url).text
    assert root.post(url, {"ids": "1", "from_step": "check"}).status_code == 422
    assert root.get(f"{url}?cake=yes").status_code == 422
    assert visit("alice").get(f"{url}?event=iris_test").status_code == 403


def test_an_organiser_of_another_event_cancels_nothing(visit, job, session, nora):
    visitor = visit("nora")
    assert "No job that waits or runs matches." in visitor.get("/admin/jobs/cancel?event=iris_test").text
    visitor.post("/admin/jobs/cancel", {"event": "iris_test", "ids": str(job.id)})
    assert visitor.post(f"/admin/jobs/{job.id}/cancel").status_code == 404
    session.expire_all()
    assert session.get(Job, job.id).state is JobState.waiting


def test_jobs_of_lost_workers_are_recovered_by_a_button(visit, job, session, now, clock):
    jobs.claim_next(session, worker="near:7", now=now)
    session.commit()
    root = visit("root")
    assert "No job was lost." in root.post("/admin/jobs/reap", follow_redirects=True).text
    clock.forward(minutes=5)
    assert "1 jobs of lost workers recovered." in root.post("/admin/jobs/reap", follow_redirects=True).text
    session.expire_all()
    assert session.get(Job, job.id).state is JobState.waiting
    assert visit("olga").post("/admin/jobs/reap").status_code == 403


def test_the_whole_queue_as_json_has_every_kind(visit, session, job, clock):
    root = visit("root")
    found = root.get("/admin/pending-jobs.json").get_json()
    assert [each["job_id"] for each in found["train_test"]["waiting"]] == [job.id]
    control.cancel(session, JobFilter(), actor=None, now=clock())
    session.commit()
    empty = {"waiting": [], "started": []}
    assert root.get("/admin/pending-jobs.json").get_json() == {
        **{str(step): empty for step in JobStep},
        "created_at": clock().isoformat(),
        "truncated": False,
    }


def test_the_age_filter_keeps_what_is_older(visit, job, clock):
    root = visit("root")
    ids = lambda age: [row["id"] for row in root.get(f"/admin/jobs.json?age={age}").get_json()["rows"]]  # noqa: E731
    assert (ids("1h"), ids("59m"), ids("2h"), ids("1d")) == ([job.id], [job.id], [], [])
    assert root.get("/admin/jobs.json?age=old").status_code == 422
    assert [row["id"] for row in root.get("/admin/jobs.json?user=alice").get_json()["rows"]] == [job.id]


def test_a_submission_shows_organisers_its_jobs_files_and_history(
    visit, tried_twice, session, root, now, nora
):
    control.cancel(session, JobFilter(), actor=root, now=now + LATE)
    session.commit()
    submission = session.query(Submission).one()
    page = visit("olga").get(f"/admin/submissions/{submission.id}").text
    words = (f"Job {tried_twice.id}", "handed back", "classifier.py", "cancel", "root", "Run it again")
    assert [word for word in words if word not in page] == []
    assert f"/admin/submissions/{submission.id}" in visit("olga").get(f"/submissions/{submission.slug}").text
    assert visit("nora").get(f"/admin/submissions/{submission.id}").status_code == 404


def test_error_codes_of_submissions_choose_what_runs_again(visit, scored, session):
    for state in (S.new, S.checking_error):
        scored.state = state
    scored.error_code = ErrorCode.worker_lost
    session.commit()
    root = visit("root")
    assert "Run 1 submission again" in root.get("/admin/submissions/rerun?error_code=worker_lost").text
    assert "No submission that has ended" in root.get("/admin/submissions/rerun?error_code=timeout").text
