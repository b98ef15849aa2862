"""The classic notation of Fabric 1, as the original README writes it."""

import shlex

import pytest
from invoke.tasks import Task

import fabfile
from databoard.tasks import classic
from databoard.tasks.classic import UsageError

REST = {"add-workflow": "elements", "create-team": "members"}
PAIRS = {"show": "where"}
TASKS = {
    name.replace("_", "-"): classic.Parameters.of(
        found.body, REST.get(name.replace("_", "-")), PAIRS.get(name.replace("_", "-"))
    )
    for name, found in vars(fabfile).items()
    if isinstance(found, Task)
}


def translate(line):
    """Translate a command line as a shell would hand it over."""
    return classic.translate(shlex.split(line), TASKS)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("test_setup", "test-setup"),
        ("serve", "serve"),
        ("serve:80", "serve --port=80"),
        ("profile:8081,out.log", "profile --port=8081 --profiling-file=out.log"),
        ("profile:profiling_file=out.log", "profile --profiling-file=out.log"),
        (
            "add_workflow_element_type:classifier,code",
            "add-workflow-element-type --name=classifier --type=code",
        ),
        (
            "add_workflow:w,feature_extractor,classifier,calibrator",
            "add-workflow --name=w --elements=feature_extractor,classifier,calibrator",
        ),
        (
            "add_score_type:test_score_type,True,0.0,inf",
            "add-score-type --name=test_score_type --is-lower-the-better=True --minimum=0.0 --maximum=inf",
        ),
        (
            'add_score_type:mare,"1",0.0,inf',
            "add-score-type --name=mare --is-lower-the-better=1 --minimum=0.0 --maximum=inf",
        ),
        ("add_problem:iris", "add-problem --name=iris"),
        ("add_event:iris", "add-event --event=iris"),
        ("add_event:iris,force=True", "add-event --event=iris --force"),
        ("add_event:iris,True", "add-event --event=iris --force"),
        ("sign_up_team:iris,kegl", "sign-up-team --event=iris --team=kegl"),
        ("sign_up_team:e=iris,t=kegl", "sign-up-team --event=iris --team=kegl"),
        ("sign_up_team:t=kegl,iris", "sign-up-team --team=kegl --event=iris"),
        ("print_submissions", "print-submissions"),
        ("print_submissions:", "print-submissions"),
        ("train_test:iris,s=first", "train-test --event=iris --submission=first"),
        ("approve_user:u=nina", "approve-user --user=nina"),
    ],
)
def test_a_line_of_the_original_becomes(line, expected):
    assert translate(line) == expected.split()


@pytest.mark.parametrize("word", ["False", "false", "0", "no", ""])
def test_force_false_does_not_force(word):
    assert translate(f"add_event:iris,force={word}") == ["add-event", "--event=iris"]


def test_none_is_no_value():
    assert translate("train_test:iris,t=None,s=None,state=None") == ["train-test", "--event=iris"]
    assert translate("serve:None") == translate("serve:port=None") == ["serve"]


def test_a_comma_behind_a_backslash_belongs_to_the_value():
    line = r"create_user:nina,pass\,word,Last,First,n@example.org,hidden_notes=a\,b"
    flags = classic.translate([line], TASKS)
    assert flags[2] == "--password=pass,word"
    assert flags[-1] == "--hidden-notes=a,b"


def test_an_equals_sign_inside_a_value_stays():
    flags = classic.translate(["create_user:nina,password=a=b,L,F,n@example.org"], TASKS)
    assert "--password=a=b" in flags


def test_several_tasks_stand_in_one_call():
    assert translate("add_problem:iris add_event:iris sign-up-team iris kegl") == [
        "add-problem",
        "--name=iris",
        "add-event",
        "--event=iris",
        "sign-up-team",
        "iris",
        "kegl",
    ]


def test_words_of_any_name_are_the_filters_of_a_table():
    line = r"show:jobs,state=error,team=a\,b,format=csv"
    flags = classic.translate([line], TASKS)
    assert flags == ["show", "--table=jobs", "--format=csv", r"--where=state=error,team=a\,b"]
    assert classic.parse_pairs(flags[-1].partition("=")[2]) == {"state": "error", "team": "a,b"}
    with pytest.raises(UsageError, match="expected name=value, got 'state'"):
        classic.parse_pairs("state")


def test_dashes_and_underscores_mean_the_same():
    assert translate("add-event:iris") == translate("add_event:iris")
    assert translate("create_user --access_level=admin") == ["create-user", "--access-level=admin"]
    assert translate("profile --profiling-file=a_b.log") == ["profile", "--profiling-file=a_b.log"]


def test_what_follows_two_dashes_stays_as_it_is():
    assert translate("worker -- add_event:x") == ["worker", "--", "add_event:x"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ad_event:iris", "no task 'ad_event'"),
        ("nonsense", "no task 'nonsense'"),
        ("add_problem:iris add_evnt:iris", "no task 'add_evnt'"),
        ("add_event:iris,color=red", "add-event takes no argument 'color'; it takes: event, force"),
        ("add_event:iris,True,more", "add-event takes 2 arguments at most: event, force"),
        ("worker:1", "worker takes 0 arguments at most: none"),
        ("add_event:iris,force=maybe", "add-event: force: expected True or False, got 'maybe'"),
    ],
)
def test_what_nobody_understands_is_told_in_one_line(line, words):
    with pytest.raises(UsageError) as error:
        translate(line)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


# Calls for another machine


def sent(line):
    return shlex.join(classic.sent_elsewhere(shlex.split(line), TASKS, through="run-on"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("add_event:iris,force=True,target=test", "run-on --target=test --words=add_event:iris,force=True"),
        ("workers:target=test", "run-on --target=test --words=workers"),
        ("add-event iris --force --target test", "run-on --target=test '--words=add-event iris --force'"),
        ("add-event iris --target=test", "run-on --target=test '--words=add-event iris'"),
        ("workers quota:iris,target=a", "workers run-on --target=a --words=quota:iris"),
    ],
)
def test_a_call_that_names_a_target_is_handed_over(line, expected):
    assert shlex.split(sent(line)) == shlex.split(expected)


@pytest.mark.parametrize(
    "line",
    [
        "publish_software:target=test",
        "publish_problem:iris,target=test",
        "rollback:v1,target=a",
        "add_event:iris",
    ],
)
def test_a_task_that_knows_targets_keeps_its_own(line):
    assert sent(line) == shlex.join(shlex.split(line))


def test_values_with_spaces_and_commas_reach_the_other_machine_whole():
    call = r"create_user:a,b c\,d"
    (through, target, words) = classic.sent_elsewhere([f"{call},target=t"], TASKS, through="run-on")
    assert (through, target) == ("run-on", "--target=t")
    assert shlex.split(words.removeprefix("--words=")) == [call]
