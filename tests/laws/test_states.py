"""Laws of the vocabulary: a state or code is named by its member, never by a copy of its text."""

import ast
from pathlib import Path

from databoard import states

ROOT = Path(__file__).resolve().parents[2] / "databoard"
MADE_OF_WORDS = (states.SubmissionState, states.ErrorCode, states.JobStep, states.QuotaCause)
#: Texts that only a state or code can mean: those of two words.
TEXTS = {member.value for kind in MADE_OF_WORDS for member in kind if "_" in member.value}
#: Where the texts are made; a verdict of the jail is a vocabulary of its own. The other is the default of a fab task.
MAKERS = {"states.py", "jail/report.py", "tasks/queue.py"}


def copies_in(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and node.value in TEXTS:
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.value}"


def test_no_module_copies_the_text_of_a_state():
    paths = [path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).as_posix() not in MAKERS]
    assert len(TEXTS) >= 20 and len(paths) > 200
    assert [copy for path in paths for copy in copies_in(path)] == []
