"""My submissions and a submission's page."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from databoard.forecasting.calibration import Calibration
from databoard.forecasting.forecast import Forecast
from databoard.models import Job
from databoard.services.queue import wait_forecasts
from databoard.states import JobState, JobStep

URL = "/events/iris_test/my_submissions"


def test_an_empty_list_says_what_to_do(visit):
    page = visit("alice").get(URL).text
    assert "Nothing submitted yet" in page and "To the sandbox" in page


def test_the_table_polls_only_while_something_is_pending(visit, submitted):
    visitor = visit("alice")
    for page in (URL, f"/submissions/{submitted.slug}"):
        assert re.search(r'hx-trigger="every \d+m?s"', visitor.get(page).text)


def test_polling_stops_when_all_is_scored(visit, scored):
    visitor = visit("alice")
    assert "hx-trigger" not in visitor.get(URL).text
    assert "hx-trigger" not in visitor.get(f"/submissions/{scored.slug}").text


def test_what_has_ended_is_not_shown_as_checked_while_its_check_still_runs(visit, session, scored):
    job = scored.jobs[0]
    session.execute(update(Job).where(Job.id == job.id).values(state=JobState.started, step=JobStep.check))
    session.commit()
    alice = visit("alice")
    for url in (URL, f"/submissions/{scored.slug}"):
        assert "</span>scored" in alice.get(url).text and "</span>checking" not in alice.get(url).text


def test_htmx_gets_the_table_alone(visit, submitted):
    table = visit("alice").get(URL, headers={"HX-Request": "true"}).text
    assert "forest" in table and "<html" not in table


def test_json_and_csv_hold_the_rows_of_the_page(visit, scored):
    visitor = visit("bob")
    record = visitor.get(f"{URL}.json").get_json()["rows"][0]
    assert record["submission"] == "forest" and record["state"] == "scored" and record["acc"] == 0.9
    header, row = visitor.get(f"{URL}.csv").text.splitlines()
    assert header.startswith("submission,state,error_code,acc") and row.startswith("forest,scored,,0.9")


def test_the_page_of_a_submission_hides_test_scores(visit, scored):
    page = visit("alice").get(f"/submissions/{scored.slug}").text
    assert "0.85" in page and "0.65" not in page and "0.70" not in page


def test_organisers_see_test_scores(visit, scored):
    assert "0.65" in visit("olga").get(f"/submissions/{scored.slug}").text


def test_an_error_is_shown_with_its_trace_as_text(visit, failed):
    page = visit("alice").get(f"/submissions/{failed.slug}").text
    assert "ValueError: &lt;b&gt;no&lt;/b&gt;" in page and "line 14" in page


def test_code_is_a_pre_whose_lines_have_addresses(visit, submitted):
    page = visit("alice").get(f"/submissions/{submitted.slug}").text
    assert re.search(
        r'aria-label="Code of classifier.py">\s*<pre class="code"><code class="language-py"><span class="line"'
        r' id="file-classifier-L1">',
        page,
    )
    assert re.search(r'<script defer src="/static/vendor/codemirror-[^"]*/code.js', page)


def test_polling_renders_no_code(visit, submitted):
    part = visit("alice").get(f"/submissions/{submitted.slug}", headers={"HX-Request": "true"}).text.strip()
    assert part.startswith("<div data-live") and "classifier.py" not in part
    assert part in visit("alice").get(f"/submissions/{submitted.slug}").text


def test_code_of_others_opens_in_the_open_phase_only(visit, scored, clock, iris_event):
    charlie = visit("charlie")
    assert charlie.get(f"/submissions/{scored.slug}").status_code == 404
    clock.now = iris_event.public_opens_at + timedelta(hours=1)
    assert charlie.get(f"/submissions/{scored.slug}").status_code == 200
    clock.now = iris_event.closes_at + timedelta(hours=1)
    assert charlie.get(f"/submissions/{scored.slug}").status_code == 404


def test_a_file_is_downloaded_never_shown(visit, submitted):
    answer = visit("alice").get(f"/submissions/{submitted.slug}/files/classifier")
    assert answer.headers["Content-Disposition"] == "attachment; filename=classifier.py"
    assert b"class Classifier" in answer.data and answer.mimetype == "application/octet-stream"
    assert visit("charlie").get(f"/submissions/{submitted.slug}/files/classifier").status_code == 404


def test_the_folds_are_a_table_for_programs_without_what_tells_of_test_data(visit, scored):
    rows = visit("alice").get(f"/submissions/{scored.slug}/folds.json").get_json()["rows"]
    assert [(row["fold"], row["acc_valid"], row["cpu_time_s"]) for row in rows] == [
        (0, 0.85, 2.5),
        (1, 0.85, 2.5),
    ]
    assert not [name for name in rows[0] if "test" in name]


def test_organisers_get_the_folds_with_test_scores(visit, scored):
    header, row, _ = visit("olga").get(f"/submissions/{scored.slug}/folds.csv").text.splitlines()
    assert "acc_test" in header and "test_time_s" in header and ",0.65," in row and "0.6543" not in row


def test_folds_are_for_those_who_may_read_the_code(visit, scored):
    assert visit("charlie").get(f"/submissions/{scored.slug}/folds.json").status_code == 404


def test_processor_time_stands_beside_the_other_times(visit, scored):
    visitor = visit("alice")
    page = visitor.get(f"/submissions/{scored.slug}").text
    assert "<dt>Processor time, all folds</dt><dd>5 s</dd>" in page and ">2.50</td>" in page
    assert visitor.get(f"{URL}.json").get_json()["rows"][0]["cpu_time_s"] == 5.0


# Cancelling


def test_its_team_cancels_what_waits_after_being_asked(visit, session, submitted):
    visitor = visit("bob")
    assert "Cancel this submission" in visitor.get(f"/submissions/{submitted.slug}").text
    asked = visitor.get(f"/submissions/{submitted.slug}/cancel").text
    assert "It has not started to train." in asked and 'type="submit"' in asked
    answer = visitor.post(f"/submissions/{submitted.slug}/cancel", follow_redirects=True)
    assert "forest is cancelled. Its name is free to submit again." in answer.text
    assert "Cancel this submission" not in answer.text and "Cancelled by bob." in answer.text
    session.refresh(submitted)
    assert submitted.state == "cancelled"


def test_organisers_cancel_too(visit, submitted):
    answer = visit("olga").post(f"/submissions/{submitted.slug}/cancel", follow_redirects=True)
    assert "Cancelled by olga." in answer.text


def test_others_may_read_it_in_the_open_phase_and_never_cancel_it(
    visit, session, submitted, clock, iris_event
):
    charlie = visit("charlie")
    assert charlie.post(f"/submissions/{submitted.slug}/cancel").status_code == 404
    clock.now = iris_event.public_opens_at + timedelta(hours=1)
    page = charlie.get(f"/submissions/{submitted.slug}")
    assert page.status_code == 200 and "Cancel this submission" not in page.text
    assert charlie.get(f"/submissions/{submitted.slug}/cancel").status_code == 403
    assert charlie.post(f"/submissions/{submitted.slug}/cancel").status_code == 403
    session.refresh(submitted)
    assert submitted.state == "new"


def test_what_has_ended_is_not_cancelled(visit, session, scored):
    visitor = visit("alice")
    assert "There is nothing to cancel" in visitor.get(f"/submissions/{scored.slug}/cancel").text
    answer = visitor.post(f"/submissions/{scored.slug}/cancel")
    assert answer.status_code == 409 and "forest is scored by now" in answer.text
    session.refresh(scored)
    assert scored.state == "scored"


def test_without_a_token_nothing_is_cancelled(visit, session, submitted):
    assert visit("alice").client.post(f"/submissions/{submitted.slug}/cancel").status_code == 400
    session.refresh(submitted)
    assert submitted.state == "new"


# Who waits


@pytest.fixture
def told(session, submitted, now):
    """The same submission waits for its training; half of such start in 230 s, nine of ten in 10 minutes."""
    job = submitted.jobs[0]
    job.step = JobStep.train_test
    wait_forecasts.record(
        session, {job.id: Forecast(230.0, 600.0)}, calibrations={1: Calibration(1, 1)}, made_at=now, now=now
    )
    session.commit()
    return submitted


def test_who_waits_is_told_the_place_and_when_it_starts(visit, told):
    words = "place 1 of 1, starts in about 4 min (9 of 10 start within 10 min)"
    visitor = visit("alice")
    assert words in visitor.get(f"/submissions/{told.slug}").text
    assert words in visitor.get(URL).text


def test_programs_are_told_the_same_in_seconds(visit, told):
    visitor = visit("alice")
    state = visitor.get(f"/submissions/{told.slug}/state.json").get_json()
    row = visitor.get(f"{URL}.json").get_json()["rows"][0]
    expected = {"place": 1, "n_waiting": 1, "likely_start_s": 230, "latest_start_s": 600}
    assert {name: state[name] for name in expected} == {name: row[name] for name in expected} == expected
    assert (state["state"], state["is_pending"], state["n_folds_done"]) == ("new", True, 0)


def test_who_does_not_wait_has_no_place(visit, scored):
    state = visit("alice").get(f"/submissions/{scored.slug}/state.json").get_json()
    assert (state["place"], state["likely_start_s"], state["is_pending"]) == (None, None, False)


def test_the_state_is_not_for_strangers(visit, told):
    assert visit("charlie").get(f"/submissions/{told.slug}/state.json").status_code == 404
