"""Put problems and events up and take them down."""

import shutil
from functools import partial

import pytest

from databoard.errors import Conflict, KitError, NotFound
from databoard.models import AuditEntry, CVFold, Event, EventAdmin, Job, Problem, Submission
from databoard.services.base.files import FileStore
from databoard.services.events import catalogue, events, folds, provisioning


@pytest.fixture
def add_problem(session, store, now):
    return lambda name="iris", **options: provisioning.add_problem(
        session, name=name, store=store, now=now, **options
    )


@pytest.fixture
def add_event(session, store, now):
    return lambda name="iris_test", **options: provisioning.add_event(
        session, name=name, store=store, now=now, **options
    )


@pytest.fixture
def own_kits(problems, home, tmp_path):
    """A store on a copy of the kits that a test may change."""
    shutil.copytree(problems / "iris", tmp_path / "kits" / "iris")
    return FileStore(home, tmp_path / "kits")


def test_adding_again_changes_nothing(session, iris_event, add_problem, add_event):
    assert (add_problem().text, add_problem().is_changed) == ("Problem iris exists.", False)
    add_event()  # the event of the tests has other dates than its file
    assert (add_event().text, add_event().is_changed) == ("Event iris_test exists.", False)
    assert session.query(Problem).count() == session.query(Event).count() == 1


def test_an_event_follows_its_file_in_dates_and_limits(session, iris_event, owls, hand_in, own_kits, now):
    submission = hand_in(owls)
    add_event = partial(provisioning.add_event, session, name="iris_test", store=own_kits, now=now)
    add_event()  # the event of the tests has other dates than its file
    n_changes = iris_event.n_ensemble_changes
    file = own_kits.problems / "iris" / "events" / "iris_test.toml"
    text = file.read_text().replace("max_n_ensemble = 80", "max_n_ensemble = 7")
    file.write_text("closes_at = 2027-02-03T04:05:00Z\n" + text)
    assert add_event().text == (
        "Event iris_test exists; changed as its file says: closes_at none -> 2027-02-03 04:05+00:00, "
        "max_n_ensemble 80 -> 7."
    )
    session.expire_all()
    assert (iris_event.max_n_ensemble, iris_event.closes_at.year) == (7, 2027)
    assert iris_event.n_ensemble_changes == n_changes + 1
    assert session.get(Submission, submission.id) is not None
    assert session.query(AuditEntry).filter_by(action="change_event").count() == 2


def test_an_event_whose_file_is_wrong_or_gone_stays(session, iris_event, own_kits, now):
    file = own_kits.problems / "iris" / "events" / "iris_test.toml"
    file.write_text("title = 1\n")
    with pytest.raises(KitError, match="title should be a text in quotes"):
        provisioning.add_event(session, name="iris_test", store=own_kits, now=now)
    file.unlink()
    done = provisioning.add_event(session, name="iris_test", store=own_kits, now=now)
    assert (done.text, iris_event.wall_time_limit_s) == ("Event iris_test exists.", 60)


def test_a_forced_event_loses_its_submissions(session, owls, hand_in, store, add_event):
    hand_in(owls)
    done = add_event(is_forced=True)
    assert done.text.startswith("Deleted event iris_test with its submissions. Added event iris_test on iris")
    assert (
        session.query(Submission).count()
        == session.query(Job).count()
        == session.query(EventAdmin).count()
        == 0
    )
    assert session.query(CVFold).count() == 2
    assert session.query(AuditEntry).filter_by(action="delete_event").one().detail == {"n_submissions": 1}


def test_a_forced_problem_loses_its_events(session, owls, hand_in, add_problem):
    hand_in(owls)
    assert add_problem(is_forced=True).text.startswith(
        "Deleted problem iris with events: iris_test. Added problem"
    )
    assert (
        session.query(Event).count(),
        session.query(Submission).count(),
        session.query(Problem).count(),
    ) == (0, 0, 1)


def test_an_event_may_be_called_like_its_problem(session, add_event, iris_event):
    assert add_event("iris").is_changed
    event = events.event_by_name(session, "iris")
    assert (event.problem.name, event.title) == ("iris", "Iris classification (test event)")


@pytest.mark.parametrize("name", ["nowhere", "../iris", "", "diabetes_tset"])
def test_unknown_names_are_not_found(session, iris_event, add_problem, add_event, name):
    with pytest.raises(NotFound):
        add_problem(name)
    with pytest.raises(NotFound):
        add_event(name)


def test_an_event_of_a_problem_that_is_not_there_tells_how_to_add_it(session, iris_event, add_event):
    with pytest.raises(NotFound, match="fab add_problem:diabetes"):
        add_event("diabetes_test")


def test_folds_are_frozen_when_the_event_is_added(session, iris_event, own_kits, now):
    before = [fold.test_is.tolist() for fold in folds.folds_of(iris_event)]
    problem = own_kits.problems / "iris" / "problem.py"
    problem.write_text(problem.read_text().replace("random_state=57).split", "random_state=58).split"))
    done = provisioning.add_problem(session, name="iris", store=own_kits, now=now)
    assert done.text == "Problem iris exists; refreshed from its kit."
    session.expire_all()
    assert [fold.test_is.tolist() for fold in folds.folds_of(iris_event)] == before


def test_folds_part_the_training_set(iris_event):
    for fold in folds.folds_of(iris_event):
        assert sorted([*fold.train_is, *fold.test_is]) == list(range(120))


def test_a_kit_that_changed_its_workflow_is_refused_without_force(session, iris_event, own_kits, now):
    problem = own_kits.problems / "iris" / "problem.py"
    problem.write_text(problem.read_text().replace("workflows.Classifier()", "workflows.Estimator()"))
    with pytest.raises(Conflict, match=r"uses workflow classifier, its kit now estimator\. .*force=True"):
        provisioning.add_problem(session, name="iris", store=own_kits, now=now)


def test_a_score_type_registered_differently_by_hand_is_refused(session, iris_event, own_kits, now):
    catalogue.add_score_type(session, name="acc", is_lower_the_better=True, minimum=0.0, maximum=1.0)
    with pytest.raises(Conflict, match="acc exists as lower is better, 0 to 1; asked for higher is better"):
        provisioning.add_problem(session, name="iris", store=own_kits, now=now)


def test_a_user_runs_an_event_once(session, iris_event, alice, now):
    def make():
        return provisioning.make_event_admin(session, event_name="iris_test", user=alice, now=now)

    assert (make().is_changed, make().is_changed) == (True, False)
    assert session.query(EventAdmin).filter_by(admin=alice).count() == 1


def test_the_audit_names_problem_and_event(session, iris_event):
    actions = [
        (entry.action, entry.object_name) for entry in session.query(AuditEntry).order_by(AuditEntry.id)
    ]
    assert ("add_problem", "iris") in actions
    assert ("add_event", "iris_test") in actions


@pytest.mark.parametrize("kind", ["bag", "mean"])
def test_an_event_takes_its_kind_of_score_from_the_kit(session, iris_event, own_kits, now, kind):
    problem = own_kits.problems / "iris" / "problem.py"
    problem.write_text(problem.read_text() + f'leaderboard_score_kind = "{kind}"\n')
    provisioning.add_event(session, name="iris_test", store=own_kits, now=now, is_forced=True)
    assert events.event_by_name(session, "iris_test").score_kind == kind
