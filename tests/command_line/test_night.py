"""A stranger's night: each trouble is named in plain words, and the printed command ends it."""

import json
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import text

from databoard.clock import utc_now
from databoard.models import Alert, EventTeam, Job, QuotaEntry, Submission, Team, Worker
from databoard.ops import schema
from databoard.services.base.database import open_engine, session_factory
from databoard.services.queue import workers
from databoard.services.submissions import quota
from databoard.states import JobState, JobStep, QuotaCause, QuotaKind, SubmissionState

FACTS = {"pid": 7, "engine": "local", "n_slots": 2, "jail_level": "A"}


@dataclass
class Night:
    """A site at night: its settings, and what seeds of troubles leave in it."""

    environ: dict
    home: object
    session: object
    set_variables: object
    repair: object = None  # what no command can do in a test, such as setting a clock
    facts: dict = field(default_factory=dict)

    @property
    def owls(self):
        return self.session.query(EventTeam).join(Team).filter(Team.name == "owls").one()

    def add_worker(self, name, *, at=None, **changed):
        at = at or utc_now()
        workers.register(self.session, name=name, host="near", now=at, **{**FACTS, **changed})

    def add_submission(self, name, **columns):
        row = Submission(event_team_id=self.owls.id, name=name, slug=name, submitted_at=utc_now(), **columns)
        self.session.add(row)
        self.session.flush()
        return row

    def add_job(self, name, **columns):
        job = Job(
            submission=self.add_submission(name), step=JobStep.train_test, created_at=utc_now(), **columns
        )
        self.session.add(job)


def kill_worker(night):
    before = utc_now() - timedelta(minutes=10)
    night.session.execute(text("DELETE FROM workers"))
    night.add_worker("near:8", at=before)
    lost = {"state": JobState.started, "worker": "near:8", "lease": "x", "started_at": before}
    night.add_job("lost", heartbeat_at=before, n_attempts=1, **lost)
    night.repair = lambda: night.add_worker("near:9")  # what fab worker does first


def fill_disk(night):
    night.environ = night.set_variables(**night.environ, DATABOARD_MIN_FREE_BYTES=str(1 << 50))
    night.repair = lambda: night.set_variables(**night.environ | {"DATABOARD_MIN_FREE_BYTES": "0"})


def go_behind(night):
    night.session.commit()
    schema.downgrade(str(night.session.get_bind().url), "-1")


def add_poison_job(night):
    night.add_job("poison", n_attempts=2)


def open_jail(night):
    night.add_worker("near:8", jail_level="", open_layers="The jail is open: bwrap is missing.")
    night.repair = lambda: night.add_worker("near:9")  # what starts there reports that the jail holds


def jam_mail(night):
    facts = {"kind": "disk", "state": "fail", "text": "No room.", "first_at": utc_now()}
    night.session.add(Alert(**facts, error="mail: mail.example.org:587: Connection refused"))


def lose_file(night):
    night.add_submission("scored", state=SubmissionState.scored, predictions_key="k" * 32)


def skew_clock(night):
    night.add_worker("near:8", at=utc_now() + timedelta(minutes=5))

    def repair():
        night.session.query(Worker).update({"heartbeat_at": utc_now()})

    night.repair = repair


def hit_quota(night):
    day = quota.day_of(night.owls.event, utc_now())
    kind, cause, at = QuotaKind.scored, QuotaCause.not_scored, utc_now()
    facts = {"event_team_id": night.owls.id, "amount": 1, "day": day, "created_at": at}
    night.session.add_all(
        QuotaEntry(kind=kind, cause=cause, **facts) for _ in range(quota.MAX_FAILURES_PER_DAY)
    )


def run_away(night):
    for number in range(30):
        night.add_job(f"again{number}")


#: Each trouble: seed, the check that names it, what it says, the command that is typed, lines typed before looking.
TROUBLES = {
    "dead worker": (kill_worker, "workers", "No worker runs", "fab worker"),
    "lost job": (kill_worker, "queue", "1 has lost the worker", "fab reap_jobs"),
    "revision behind": (go_behind, "migration", "this code expects", "python manage.py db upgrade"),
    "full disk": (fill_disk, "disk", "nothing is saved, no job is taken", "fab empty_trash"),
    "poison job": (add_poison_job, "poison", "its worker was lost each time", "fab cancel_jobs:job="),
    "open jail": (open_jail, "jail", "may not run submissions. near: The jail is open", "fab jail_check"),
    "stuck mail": (jam_mail, "mail", "could not be sent. Mail: mail.example.org:587", "fab tick:only=alerts"),
    "lost file": (
        lose_file,
        "files",
        "1 file is missing",
        "fab rerun:event=iris_test,team=owls,submission=scored",
    ),
    "clock skew": (skew_clock, "clocks", "differ by more than", "timedatectl set-ntp true"),
    "quota hit": (
        hit_quota,
        "quota",
        "Team owls in iris_test may not submit",
        "fab grant_quota:iris_test,owls",
    ),
    "runaway team": (
        run_away,
        "teams",
        "30 of 30 waiting jobs are of team owls",
        "fab cancel_jobs:event=iris_test",
    ),
}
#: Their command starts something that does not end, asks the machine's own jail, or needs its administrator.
NOT_TYPED = {"fab worker", "fab jail_check", "timedatectl set-ntp true"}


@pytest.fixture
def site(home, problems, sqlite_url, set_variables):
    """The site of the night; SQLite, because the checks themselves are tested on both databases."""
    return set_variables(
        DATABOARD_HOME=str(home),
        DATABOARD_PROBLEMS=str(problems),
        DATABOARD_DB_URL=sqlite_url,
        DATABOARD_MIN_FREE_BYTES="0",
    )


@pytest.fixture
def night(site, sqlite_url, home, set_variables):
    environ = {name: value for name, value in site.items() if name.startswith("DATABOARD_")}
    environ.pop("DATABOARD_MIN_FREE_BYTES")
    with open_engine(sqlite_url) as engine, session_factory(engine)() as session:
        night = Night(environ, home, session, set_variables)
        night.add_worker("near:7")
        session.commit()
        yield night


@pytest.fixture
def status(type_line):
    """Type `fab status`; return its exit code and its rows by check."""

    def status():
        code, out, _ = type_line("fab status:format=json")
        return code, {row["check"]: row for row in json.loads(out)}

    return status


@pytest.mark.parametrize("name", TROUBLES)
def test_the_printed_command_ends_the_trouble(night, status, type_line, name):
    seed, check, said, command = TROUBLES[name]
    seed(night)
    night.session.commit()
    if name == "lost file":
        assert type_line("fab check_storage")[0] == 1  # as the schedule does each night
    code, rows = status()
    assert (rows[check]["state"] != "ok", said in rows[check]["text"]) == (True, True), rows[check]
    assert rows[check]["fix"].startswith(command)
    assert code == (1 if any(row["state"] == "fail" for row in rows.values()) else 0)
    for line in rows[check]["fix"].split(", then "):
        if line not in NOT_TYPED:
            assert type_line(line)[0] == 0, line
    if night.repair is not None:
        night.repair()
        night.session.commit()
    assert status()[1].get(check, {"state": "ok"})["state"] == "ok"
