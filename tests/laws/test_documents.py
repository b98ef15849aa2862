"""Laws of documents: settings, keys of event files and fab tasks are documented as they are."""

import json
import re
from dataclasses import MISSING, fields

from invoke.tasks import Task

import config
import fabfile
from databoard.kits import EventSpec
from tests.laws.tree import ROOT


def row_of(setting):
    """Return the row of the documentation that a setting must have."""
    default = setting.default.replace(f"{config.ROOT}/", "")
    return f"| `{setting.variable}` | {f'`{default}`' if default else '–'} | {setting.expected} | {setting.purpose} |"


def test_every_setting_is_documented_as_it_is():
    rows = (ROOT / "docs/settings.md").read_text().splitlines()
    assert [row_of(setting) for setting in config.SETTINGS if row_of(setting) not in rows] == []


EVENT_KEYS = [field for field in fields(EventSpec) if field.name not in {"name", "problem_name", "scores"}]


def test_every_key_of_an_event_file_is_documented_with_its_default():
    text, missing = (ROOT / "docs/instructors.md").read_text(), []
    for field in EVENT_KEYS:
        default = "–" if field.default in (MISSING, None) else f"`{json.dumps(field.default)}`"
        if f"| `{field.name}` | {default} |" not in text:
            missing.append((field.name, default))
    assert missing == []


TASKS = {name: found for name, found in vars(fabfile).items() if isinstance(found, Task)}


def test_every_fab_task_is_documented_in_both_notations():
    text = (ROOT / "docs/commands.md").read_text()
    lines = [f"fab {spelled}" for name in TASKS for spelled in (name, name.replace("_", "-"))]
    assert [line for line in lines if line not in text] == []
    assert [name for name, task in TASKS.items() if not task.__doc__] == []


def test_no_document_names_a_task_or_setting_that_is_not_there():
    text = (ROOT / "docs/commands.md").read_text() + (ROOT / "docs/settings.md").read_text()
    named = {name.replace("-", "_") for name in re.findall(r"fab ([a-z]\w*(?:[-_]\w+)*)", text)}
    assert named <= set(TASKS)
    assert set(re.findall(r"DATABOARD_\w+", text)) <= {setting.variable for setting in config.SETTINGS}
