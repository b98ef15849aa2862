"""What problems are made of, registered by hand; again is fine, different is refused."""

from types import SimpleNamespace

import pytest

from databoard.errors import Conflict, NotFound, RuleError
from databoard.kits import ElementFacts, ScoreTypeFacts
from databoard.models import Problem, ScoreType, Workflow, WorkflowElementType
from databoard.services.events import catalogue


@pytest.fixture
def add_type(session):
    return lambda name, kind: catalogue.add_workflow_element_type(session, name=name, file_type=kind)


@pytest.fixture
def add_flow(session):
    return lambda name, *elements: catalogue.add_workflow(
        session, name=name, element_type_names=list(elements)
    )


@pytest.fixture
def add_score(session):
    def add_score(name, is_lower=True, minimum=0.0, maximum=float("inf")):
        return catalogue.add_score_type(
            session, name=name, is_lower_the_better=is_lower, minimum=minimum, maximum=maximum
        )

    return add_score


def test_an_element_type_is_added_once(session, add_type):
    assert [add_type("segmenter", "code").is_changed for _ in range(2)] == [True, False]
    assert session.query(WorkflowElementType).filter_by(name="segmenter").one().file_type.name == "code"


def test_an_element_type_of_another_kind_is_refused_with_the_difference(add_type):
    add_type("segmenter", "code")
    with pytest.raises(Conflict, match="exists with file type code, not data"):
        add_type("segmenter", "data")
    with pytest.raises(RuleError, match="code, text, data, got 'image'"):
        add_type("other", "image")


def test_a_workflow_keeps_its_elements_in_order(session, add_flow):
    assert add_flow("flow", "regressor", "feature_extractor", "external_data").is_changed
    elements = session.query(Workflow).filter_by(name="flow").one().elements
    assert [element.file_name for element in elements] == [
        "regressor.py",
        "feature_extractor.py",
        "external_data.csv",
    ]


def test_a_workflow_grows_and_never_shrinks_or_turns(session, add_flow):
    add_flow("flow", "regressor")
    assert (
        add_flow("flow", "regressor").is_changed,
        add_flow("flow", "regressor", "classifier").is_changed,
    ) == (False, True)
    for other in (["classifier", "regressor"], ["regressor"]):
        with pytest.raises(
            Conflict, match=f"exists with elements regressor, classifier, not {', '.join(other)}"
        ):
            add_flow("flow", *other)


def test_a_workflow_needs_elements_each_once_and_known(session, add_flow):
    for elements, words in (
        ([], "got none"),
        (["classifier", "classifier"], "once, got classifier, classifier"),
    ):
        with pytest.raises(RuleError, match=words):
            add_flow("flow", *elements)
    with pytest.raises(NotFound, match="fab add_workflow_element_type:unknown,code"):
        add_flow("flow", "unknown")


def test_a_score_type_is_added_once(session, add_score):
    assert [add_score("mare").is_changed for _ in range(2)] == [True, False]
    row = session.query(ScoreType).filter_by(name="mare").one()
    assert (row.is_lower_the_better, row.minimum, row.maximum, row.worst) == (
        True,
        0.0,
        float("inf"),
        float("inf"),
    )


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ((False,), "higher is better, 0 to inf"),
        ((True, -1.0), "lower is better, -1 to inf"),
        ((True, 0.0, 1.0), "lower is better, 0 to 1"),
    ],
)
def test_a_score_type_with_other_facts_is_refused_with_both(add_score, facts, words):
    add_score("mare")
    with pytest.raises(Conflict, match=f"exists as lower is better, 0 to inf; asked for {words}"):
        add_score("mare", *facts)


@pytest.mark.parametrize(("minimum", "maximum"), [(1.0, 0.0), (0.0, 0.0), (float("nan"), 1.0)])
def test_bounds_must_be_bounds(add_score, minimum, maximum):
    with pytest.raises(RuleError, match="Expected minimum < maximum"):
        add_score("mare", True, minimum, maximum)


@pytest.mark.parametrize("name", ["", "a" * 65, "a/b", "ä"])
def test_a_name_that_no_column_holds_is_refused(session, name):
    with pytest.raises(RuleError, match="Expected a name of 1 to 64"):
        catalogue.add_score_type(session, name=name, is_lower_the_better=True, minimum=0.0, maximum=1.0)


def facts_of(name, type_name, *, is_lower=True, minimum=0.0, maximum=1.0):
    return ScoreTypeFacts(name, type_name, is_lower, minimum, maximum, precision=2)


def register(session, facts, kit_name):
    return catalogue.register_score_type(session, facts, kit_name=kit_name)


def test_two_kits_may_have_weighted_sums_of_one_name(session):
    first, second = facts_of("both", "both"), facts_of("both", "both", maximum=5.0)
    rows = [
        register(session, first, "one"),
        register(session, second, "two"),
        register(session, second, "two"),
    ]
    assert [row.name for row in rows] == ["both", "two_both", "two_both"]
    assert [row.maximum for row in rows] == [1.0, 5.0, 5.0]


def test_a_score_type_whose_name_no_column_holds_gets_one_that_does(session):
    assert register(session, facts_of("x", "prec(0.5)/µ"), "one").name == "prec_0.5___"


def test_a_score_of_another_class_may_bear_the_name_of_a_type(session):
    register(session, facts_of("brier_score", "brier_score"), "one")
    skill = facts_of("brier_score", "brier_skill_score", is_lower=False, minimum=-1.0)
    with pytest.raises(Conflict, match="exists as lower is better"):
        register(
            session, skill, "two"
        )  # nobody uses the row: it may stand for what somebody registered by hand


def kit_of(name, *file_names):
    elements = tuple(ElementFacts(*file.split("."), file.split(".")[0], "code") for file in file_names)
    return SimpleNamespace(name=name, workflow_name="estimator", elements=elements)


def test_two_kits_may_have_workflows_of_one_name_with_other_files(session, now):
    first = catalogue.register_workflow(session, kit_of("one", "estimator.py"))
    session.add(Problem(name="one", title="One", workflow=first, kit_version="1", created_at=now))
    session.flush()
    second = catalogue.register_workflow(session, kit_of("two", "model.py", "rules.py"))
    assert (first.name, second.name) == ("estimator", "two_estimator")
    assert catalogue.register_workflow(session, kit_of("two", "model.py", "rules.py")) is second
    assert catalogue.register_workflow(session, kit_of("three", "estimator.py")) is first
    assert [element.name for element in first.elements] == ["estimator"]
