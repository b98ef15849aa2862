"""Publishing over a real SSH server: what is served, what visitors and jobs notice, what is refused."""

import json
import shutil
import subprocess
import time
import urllib.request

import pytest
from sqlalchemy import create_engine, text

from databoard.ops import schema
from tests.ops.publish.site import Crowd
from tests.support import light_iris

#: The site is published again and again, by real processes.
pytestmark = pytest.mark.timeout(1200)


def health(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthcheck/ready", timeout=30) as answer:
        return json.load(answer)


def rows(url, query):
    engine = create_engine(url)
    with engine.begin() as connection:
        found = connection.execute(text(query))
        listed = list(found) if found.returns_rows else []
    engine.dispose()
    return listed


def scored(site, names, *, within_s=200):
    """Wait until the submissions of these names have ended; return their states and attempts."""
    query = (
        "SELECT s.name, s.state, max(j.n_attempts) FROM submissions s JOIN jobs j ON j.submission_id = s.id "
        f"WHERE s.name IN ({', '.join(repr(name) for name in names)}) GROUP BY s.name, s.state"
    )
    for _ in range(within_s * 2):
        found = rows(site.db_url, query)
        if len(found) == len(names) and all(state in {"scored", "checking_error"} for _, state, _ in found):
            return {(state, attempts) for _, state, attempts in found}
        time.sleep(0.5)
    raise AssertionError(f"not scored within {within_s} s: {found}")


def test_the_first_publication_serves_the_tag(published):
    answer = health(published.port)
    assert (answer["status"], answer["release"]) == ("ok", "v1")
    listed = published.checkout.fab("releases:target=test,format=json")
    assert [(row["name"], row["is_current"]) for row in json.loads(listed.stdout)] == [("v1", True)]


SLOW = "import time\n" + light_iris.CLASSIFIER.replace(
    "self.classes =", "time.sleep(5)\n        self.classes ="
)


def test_a_new_tag_under_load_fails_no_request_and_loses_no_job(at_v1, tmp_path):
    (tmp_path / "classifier.py").write_text(SLOW)
    rows(at_v1.db_url, "UPDATE events SET closes_at = NULL, min_duration_between_submissions_s = 0")
    names = ["slow_1", "slow_2", "slow_3"]
    for team, name in zip(("owls", "charlie", "owls"), names, strict=True):
        done = at_v1.checkout.fab(f"add_submission:iris_test,{team},{name},path={tmp_path},target=test")
        assert done.returncode == 0, done.stderr
    with Crowd(at_v1.port) as crowd:
        done = at_v1.checkout.fab("publish_software:target=test,tag=v2")
        states = scored(at_v1, names)
    assert (done.returncode, crowd.failed) == (0, []), done.stderr
    assert crowd.n_asked > 100 and health(at_v1.port)["release"] == at_v1.current() == "v2"
    assert states == {("scored", 1)}


def test_a_rollback_serves_the_earlier_release(at_v2):
    with Crowd(at_v2.port) as crowd:
        done = at_v2.checkout.fab("rollback:v1,target=test")
    assert (done.returncode, crowd.failed, health(at_v2.port)["release"]) == (0, [], "v1"), done.stderr
    again = at_v2.checkout.fab("rollback:v1,target=test")
    assert (again.returncode, "v1 is served already" in again.stderr) == (1, True)
    unknown = at_v2.checkout.fab("rollback:v9,target=test")
    assert (unknown.returncode, "There is no release 'v9'" in unknown.stderr) == (1, True)


MIGRATION = """
revision, down_revision = {name!r}, {head!r}
import sqlalchemy as sa
from alembic import op

def upgrade():
    op.add_column("users", sa.Column("nickname", sa.String(20)))

def downgrade():
    op.drop_column("users", "nickname")
"""


def migration(name):
    return {name: MIGRATION.format(name=name, head=schema.head())}


def revision(site):
    return rows(site.db_url, "SELECT version_num FROM alembic_version")[0][0]


def test_a_tag_whose_web_server_does_not_start_leaves_the_old_one_serving(at_v1):
    broken = ("databoard/app.py", "import logging\n", "import logging\nimport nothing_at_all\n")
    at_v1.checkout.change("dead", *broken, **migration("of_the_dead"))
    with Crowd(at_v1.port) as crowd:
        done = at_v1.checkout.fab("publish_software:target=test,tag=dead")
    assert done.returncode == 1
    assert "dead is not published, v1 is served" in done.stderr
    assert (crowd.failed, at_v1.current(), health(at_v1.port)["release"]) == ([], "v1", "v1")
    assert revision(at_v1) == schema.head()  # it was migrated, and taken back


def test_a_release_that_needs_an_older_database_is_served_only_when_that_is_asked_for(at_v1):
    at_v1.checkout.change("wide", "README.md", "#", "#   ", **migration("wider"))
    assert at_v1.checkout.fab("publish_software:target=test,tag=wide").returncode == 0
    assert (revision(at_v1), health(at_v1.port)["release"]) == ("wider", "wide")
    refused = at_v1.checkout.fab("rollback:v1,target=test")
    assert refused.returncode == 1 and "rollback:v1,target=test,downgrade=True" in refused.stderr
    done = at_v1.checkout.fab("rollback", "v1", "--target", "test", "--downgrade")
    assert done.returncode == 0, done.stderr
    assert (revision(at_v1), health(at_v1.port)["release"]) == (schema.head(), "v1")


def test_a_tag_that_cannot_train_is_refused_before_the_switch(at_v1):
    at_v1.checkout.change("untrained", "problems/iris/starting_kit/classifier.py", "def fit", "def fit_not")
    done = at_v1.checkout.fab("publish_software:target=test,tag=untrained")
    assert done.returncode == 1 and "The trial submission of iris failed" in done.stderr
    assert (at_v1.current(), health(at_v1.port)["release"]) == ("v1", "v1")


def test_a_kit_says_what_changed_and_a_broken_one_is_refused(at_v1, tmp_path):
    iris, served = at_v1.checkout.problems / "iris", at_v1.folder / "shared" / "problems" / "iris"
    original = shutil.copytree(iris, tmp_path / "iris")
    try:
        (iris / "README.md").write_text("# Iris, told again\n")
        done = at_v1.checkout.fab("publish_problem:iris,target=test")
        assert (done.returncode, "  changed: README.md" in done.stdout.splitlines()) == (0, True), done.stderr
        assert (served / "README.md").read_text() == "# Iris, told again\n"
        (iris / "problem.py").write_text("raise RuntimeError('broken on purpose')\n")
        refused = at_v1.checkout.fab("publish_problem:iris,target=test")
        assert refused.returncode == 1 and "iris is refused, nothing is changed" in refused.stderr
        assert (served / "problem.py").read_bytes() == (original / "problem.py").read_bytes()
    finally:
        shutil.rmtree(iris)
        shutil.copytree(original, iris)


def test_a_task_runs_on_the_target_and_its_exit_code_comes_back(published):
    done = published.checkout.fab("print_submissions:iris_test,format=csv,target=test")
    assert (done.returncode, done.stdout.splitlines()[0].startswith("event")) == (0, True), done.stderr
    refused = published.checkout.fab("add-event", "no_such_event", "--target", "test")
    assert refused.returncode == 1 and "no_such_event" in refused.stderr


@pytest.mark.parametrize(
    "call", ["publish_software:target=moon", "publish_problem:iris,target=moon", "workers:target=moon"]
)
def test_an_unknown_target_lists_those_that_there_are(published, call):
    done = published.checkout.fab(call)
    assert done.returncode == 1
    assert "There is no target 'moon'. The targets are: local, stranger, test." in done.stderr


def test_a_host_whose_key_is_not_known_is_refused(published):
    done = published.checkout.fab("releases:target=stranger")
    assert done.returncode == 1 and "expected to log in at 127.0.0.1" in done.stderr


def test_two_cannot_publish_at_the_same_time(published):
    lock = published.folder / "publishing.lock"
    lock.write_text("olga at school\n")
    done = published.checkout.fab("publish_software:target=test,tag=v1")
    lock.unlink()
    assert (done.returncode, "olga at school publishes there" in done.stderr) == (1, True)


def test_an_unknown_tag_is_refused_with_the_latest(published):
    done = published.checkout.fab("publish_software:target=test,tag=nothing")
    assert (done.returncode, "There is no tag or commit 'nothing' here" in done.stderr) == (1, True)


def test_the_wsgi_entry_finds_the_settings_without_any_environment(published):
    release = (published.folder / "current").resolve()
    program = (
        f"import runpy; application = runpy.run_path({str(release / 'wsgi.py')!r})['application']\n"
        "print(application.test_client().get('/healthcheck/ready').get_json())"
    )
    command = [release / ".venv" / "bin" / "python", "-c", program]
    done = subprocess.run(command, cwd="/", env={}, capture_output=True, text=True)
    assert (done.returncode, f"'release': '{release.name}'" in done.stdout) == (0, True), done.stderr
