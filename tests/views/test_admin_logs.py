"""The page of the logs: the records that `fab logs` prints, for administrators only."""

import pytest


@pytest.fixture
def logged(home):
    """Some records of each kind of process."""
    folder = home / "logs"
    folder.mkdir(exist_ok=True)
    (folder / "web.log").write_text(
        "2026-11-29T03:00:00.000Z INFO databoard ready\n"
        "2026-11-29T03:00:02.000Z ERROR databoard broke <b>here</b>\nValueError: no\n"
    )
    (folder / "worker.log").write_text("2026-11-29T03:00:01.000Z WARNING databoard slow\n")
    (folder / "access.log").write_text("2026-11-29T03:00:03.000Z INFO databoard.access user 1 GET /\n")


def rows(visitor, query):
    answer = visitor.get(f"/admin/logs.json{query}")
    assert answer.status_code == 200
    return [(row["source"], row["level"]) for row in answer.json["rows"]]


def test_records_are_chosen_by_source_level_and_number(visit, logged):
    root = visit("root")
    assert rows(root, "") == [("web", "ERROR"), ("worker", "WARNING"), ("web", "INFO")]
    assert rows(root, "?level=warning") == [("web", "ERROR"), ("worker", "WARNING")]
    assert rows(root, "?source=access") == [("access", "INFO")]
    assert rows(root, "?source=web&lines=1") == [("web", "ERROR")]
    page = root.get("/admin/logs").text
    assert (
        "broke &lt;b&gt;here&lt;/b&gt;\nValueError: no" in page and "/admin/logs" in root.get("/admin").text
    )


@pytest.mark.parametrize(
    "query", ["source=secret_key", "source=../web", "level=all", "lines=0", "lines=1001", "lines=x"]
)
def test_what_cannot_be_asked_is_refused(visit, logged, query):
    answer = visit("root").get(f"/admin/logs.json?{query}")
    assert answer.status_code == 422 and answer.json["error"] == "InvalidParameter"


@pytest.mark.parametrize(("name", "status"), [(None, 401), ("alice", 403), ("olga", 403)])
def test_only_administrators_read_them(visit, logged, name, status):
    assert visit(name).get("/admin/logs.json").status_code == status


def test_a_site_without_logs_says_so(visit):
    assert "Nothing is logged" in visit("root").get("/admin/logs?level=ERROR").text
