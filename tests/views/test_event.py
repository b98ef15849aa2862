"""The landing page, an event's page, joining, the starting kit."""

import io
import zipfile

from databoard import kits
from databoard.services.people import access


def test_landing_shows_the_open_event(visit):
    page = visit().get("/").text
    assert "Iris" in page and "Sign up" in page


def test_a_public_event_is_described_to_strangers_but_not_more(visit):
    stranger = visit()
    assert "Log in to join" in stranger.get("/events/iris_test").text
    for leaf in ("leaderboard", "sandbox", "my_submissions", "private_leaderboard", "starting_kit"):
        assert stranger.get(f"/events/iris_test/{leaf}").location.startswith("/login?next=")


def test_no_limit_is_told_in_words_not_as_nought(visit, session, iris_event):
    iris_event.min_duration_between_submissions_s = 0
    session.commit()
    page = visit().get("/events/iris_test").text
    assert "no waiting time" in page and ">0 s<" not in page


def test_a_closed_circle_stays_closed(visit, session, iris_event):
    iris_event.is_public = False
    session.commit()
    assert visit().get("/events/iris_test").status_code == 303
    assert visit("root").get("/events/iris_test").status_code == 200
    assert "iris_test" not in visit().get("/").text


def test_strangers_do_not_learn_which_events_exist(visit, session, iris_event):
    iris_event.is_public = False
    session.commit()
    for leaf in ("", "/leaderboard", "/sandbox", "/starting_kit", "/my_submissions", "/private_leaderboard"):
        private, missing = (visit().get(f"/events/{name}{leaf}") for name in ("iris_test", "nowhere"))
        assert private.status_code == missing.status_code == 303
        assert private.location.replace("iris_test", "nowhere") == missing.location


def test_unknown_event_is_not_found(visit):
    assert visit("alice").get("/events/nowhere/leaderboard").status_code == 404


def test_joining_opens_the_sandbox(visit, session, iris_event, root):
    answer = visit("root").post("/events/iris_test/sign_up")
    assert answer.location == "/events/iris_test/sandbox"
    assert access.event_access(session, event=iris_event, user=root).is_participant


def test_joining_a_controlled_event_waits(visit, session, iris_event):
    iris_event.is_controlled_signup = True
    session.commit()
    visitor = visit("root")
    assert visitor.post("/events/iris_test/sign_up").location == "/events/iris_test"
    assert "is waiting for the approval of an organiser" in visitor.get("/events/iris_test").text
    assert visitor.get("/events/iris_test/sandbox").status_code == 403


def test_the_page_says_how_to_try_a_submission_to_who_may_download_the_kit(visit, problems):
    text = visit("alice").get("/events/iris_test").text
    for command in ("cd iris", *kits.commands_to_try(problems / "iris")):
        assert command in text
    assert "databoard test" not in visit().get("/events/iris_test").text


def test_the_starting_kit_is_a_zip_without_private_data(visit):
    answer = visit("alice").get("/events/iris_test/starting_kit")
    names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert any(name.endswith("problem.py") for name in names) and "private" not in " ".join(names)


def test_a_description_cannot_smuggle_script(visit, problems, monkeypatch):
    readme = problems / "iris" / "README.md"
    kept = readme.read_text()
    readme.write_text("# Hi <script>alert(1)</script>\n\n<p onclick='x()' style='color:red'>text</p>\n")
    page = visit().get("/events/iris_test").text
    readme.write_text(kept)
    assert "alert(1)" not in page and "onclick" not in page and "text</p>" in page


def test_the_page_tells_what_a_fold_may_use(visit, session, iris_event):
    iris_event.wall_time_limit_s, iris_event.cpu_time_limit_s = 90, 0
    iris_event.max_processes, iris_event.max_files = 17, 1234
    iris_event.disk_limit_bytes, iris_event.memory_limit_bytes = 64 * 2**20, 3 * 2**30
    iris_event.log_limit_bytes = 5 * 2**10
    session.commit()
    page = visit().get("/events/iris_test").text
    for fact in ("1 min 30 s", "6 min", "3.0 GiB", "17", "64 MiB, 1,234 files", "5.0 KiB"):
        assert f"<dd>{fact}</dd>" in page
