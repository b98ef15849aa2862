"""What operators do with submissions, jobs, quota and accounts by `fab`."""

import json
import subprocess
from datetime import timedelta

from databoard.clock import utc_now
from databoard.services.base.database import open_engine, session_factory, transaction
from databoard.services.queue import jobs
from tests.command_line.conftest import FAB, NAME, ROOT


def test_a_submission_is_trained_listed_and_deleted(fab, deposited):
    assert [row["state"] for row in deposited()] == ["new"]
    assert fab("train_test:iris")[0] == 0
    [row] = deposited()
    assert (row["state"], row["score"], row["contributivity"]) == ("scored", "acc", 100)
    assert row["value"] > 0.85
    code, said, _ = fab(f"delete_submission:iris,kegl,{NAME},yes={NAME}")
    assert (code, "being computed" in said, "No worker is running" in said) == (0, True, True)
    assert deposited() == []


def test_a_state_is_set_by_hand(fab, deposited):
    assert fab(f"set_state:iris,kegl,{NAME},cancelled")[1] == f"{NAME} of kegl in iris: new -> cancelled."
    assert fab("set-state", "iris", "kegl", NAME, "new")[1].endswith("cancelled -> new.")
    code, _, said = fab(f"set_state:iris,kegl,{NAME},scored")
    assert (code, "expected one of" in said) == (1, True)


def test_jobs_are_cancelled_and_run_again(fab, deposited):
    assert "all=True means every one" in fab("cancel_jobs")[2]
    [row] = json.loads(fab("cancel_jobs:team=kegl,dry_run=True,format=json")[1])
    assert (row["old_state"], row["outcome"]) == ("new", "would be cancelled")
    assert "would be" not in fab("cancel-jobs", "--event", "iris", "--kind", "check")[1]
    assert [row["state"] for row in deposited()] == ["cancelled"]
    [row] = json.loads(fab("rerun:event=iris,state=cancelled,from_step=check,format=json")[1])
    assert row["outcome"] == "queued from check"
    assert fab("reap_jobs")[:2] == (0, "No job was lost: every running job has a live worker.")


def test_a_job_is_shown_with_its_bundle_and_a_worker_that_is_not_there_not_drained(fab, deposited, tmp_path):
    code, said, _ = fab(f"show_job:1,lines=5,bundle={tmp_path / 'x.zip'}")
    assert (code, f"iris/kegl/{NAME}, new" in said, (tmp_path / "x.zip").exists()) == (0, True, True)
    assert fab("show-job", "99")[0] == 1
    code, _, said = fab("drain_worker:nobody:1")
    assert (code, "got 'nobody:1'; fab workers lists them." in said) == (1, True)
    assert fab("resume-worker", "nobody:1")[0] == 1


def test_jobs_of_lost_workers_are_recovered_and_counted(fab, deposited, tmp_path):
    url = f"sqlite:///{tmp_path / 'home' / 'databoard.db'}"
    with open_engine(url) as engine, transaction(session_factory(engine)) as session:
        assert jobs.claim_next(session, worker="lost", now=utc_now() - timedelta(days=1))
    assert fab("reap_jobs")[:2] == (0, "Recovered 1 job of lost workers.")
    assert [row["state"] for row in deposited()] == ["new"]


def test_the_quota_is_told_and_more_of_it_given(fab, deposited):
    said = "kegl in iris: No limit of submissions per day."
    assert fab("grant_quota:iris,kegl,attempts=2,scored=1")[:2] == (0, said)
    [row] = json.loads(fab("quota:iris,kegl,format=json")[1])
    assert (row["team"], row["attempts_left"], row["scored"]) == ("kegl", None, None)
    assert "Expected 1 to 1000" in fab("grant-quota", "iris", "kegl")[2]
    assert fab("grant_quota:iris,kegl,attempts=1,day=soon")[0] == 2


def test_an_account_that_waits_is_approved(fab, upgraded):
    line = "create_user:wanda,four ordinary words,W,Wanda,wanda@example.org,access_level=asked"
    assert fab(line)[0] == 0
    assert [fab("approve_user:wanda")[1] for _ in range(2)] == [
        "Approved wanda.",
        "wanda is approved already.",
    ]


def test_a_reader_that_has_enough_is_no_fault(environ, upgraded):
    line = f"{' '.join(FAB)} print_submissions:format=csv | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("0\n", "")
