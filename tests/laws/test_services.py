"""Laws of services and queries: the session comes first, nobody commits, the clock is passed in."""

import re

from tests.laws.tree import ROOT, functions, python_files, where

SERVICES = [path for path in python_files("databoard") if "services" in path.parts]
QUERIES = [path for path in python_files("databoard") if "queries" in path.parts]
#: Ways to a session that is not passed in.
OTHER_SESSIONS = re.compile(r"object_session|scoped_session|db\.session|g\.session|Session\(")


def test_what_needs_the_database_takes_the_session_first():
    wrong = [
        where(path, node)
        for path in (*SERVICES, *QUERIES)
        for node in functions(path)
        if "session" in (names := [arg.arg for arg in (*node.args.args, *node.args.kwonlyargs)])
        and "session" not in names[: 1 + (names[0] == "self")]
    ]
    assert wrong == []


def test_no_service_and_no_query_gets_a_session_by_itself():
    assert [str(path) for path in (*SERVICES, *QUERIES) if OTHER_SESSIONS.search(path.read_text())] == []


def test_no_service_commits_or_asks_the_clock():
    pattern = r"\.commit\(|\.rollback\(|utc_now|datetime\.now"
    found = {path.relative_to(ROOT): re.findall(pattern, path.read_text()) for path in SERVICES}
    assert len(found) > 20
    assert [(path, words) for path, words in found.items() if words] == []
