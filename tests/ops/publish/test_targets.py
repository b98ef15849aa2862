"""The file of targets: what it may say, what is refused."""

import pytest

import config
from databoard.errors import NotFound, RuleError
from databoard.ops.publish import targets


@pytest.fixture
def settings(tmp_path):
    """Settings whose file of targets holds the given text."""

    def load(text):
        (tmp_path / "databoard.ini").write_text(text)
        names = {"HOME": f"{tmp_path}/home", "TARGETS": f"{tmp_path}/databoard.ini"}
        return config.load({f"DATABOARD_{name}": value for name, value in names.items()})

    return load


GOOD = "[target:production]\nhost = a.example.org\nuser = databoard\npath = /srv/databoard\nport = 2222\n"


def test_a_target_has_what_its_section_says_and_defaults(settings):
    found = targets.target_by_name(settings(GOOD), "production")
    assert (found.host, found.user, found.port, found.path) == (
        "a.example.org",
        "databoard",
        2222,
        "/srv/databoard",
    )
    assert (found.services, found.keep, found.ready_s, found.python) == ("keeper", 5, 60, "python3")


def test_this_machine_is_always_a_target(settings, tmp_path):
    (tmp_path / "home").mkdir()
    local = targets.target_by_name(settings(""), "local")
    assert (local.host, local.path, local.services) == ("", f"{tmp_path}/home/local_target", "none")


def test_an_unknown_target_is_refused_with_the_list(settings):
    with pytest.raises(NotFound, match=r"There is no target 'moon'\. The targets are: local, production"):
        targets.target_by_name(settings(GOOD), "moon")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[production]\npath = /srv\n", r"\[production\]: expected a section such as \[target:production\]"),
        ("[target:a]\npath = srv\n", "expected an absolute path"),
        ("[target:a]\npath = /srv/a b\n", "expected an absolute path"),
        ("[target:a]\npath = /srv/$(id)\n", "expected an absolute path"),
        ("[target:a]\npath = /srv\nport = http\n", "expected a whole number"),
        ("[target:a]\npath = /srv\npassword = x\n", "unknown password; .* Passwords have no place here"),
        ("[target:a]\npath = /srv\nservices = docker\n", "expected services to be keeper, command or none"),
        ("[target:a]\npath = /srv\nservices = command\n", "expected start to be the command"),
        ("no section\n", "cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_file_and_section(settings, text, said):
    with pytest.raises(RuleError, match=said) as error:
        targets.all_targets(settings(text))
    assert "databoard.ini" in str(error.value)
