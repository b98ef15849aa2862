"""What a participant is told: believed nothing, cleaned of everything."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from databoard.jail import JailReport, Limits, Verdict
from databoard.runner import failure_messages
from databoard.runner.error_frame import ErrorFrame, TraceFrame
from databoard.runner.fold_worker import MAX_FRAMES, NATURES

FILES = {"classifier.py": b"import numpy\n\n\ndef fit():\n    raise ValueError\n"}


FRAME = ["submission/classifier.py", 5, "fit"]


def error_of(frames=(FRAME,), **facts):
    usual = {"type": "ValueError", "text": "bad", "nature": "exception", "advice": "", "hint": ""}
    return ErrorFrame(frames=tuple(TraceFrame(*frame) for frame in frames), **usual | facts)


def explain(step="training", **facts):
    return failure_messages.explain_error(error_of(**facts), step, FILES, Limits())


def test_an_exception_is_told_with_file_line_and_source():
    code, message, trace = explain()
    assert (code, message) == ("training_error", "ValueError: bad (in fit, classifier.py line 5)")
    assert '  File "classifier.py", line 5, in fit\n    raise ValueError\nValueError: bad' in trace


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/root/.venv/lib/python3.11/site-packages/sklearn/base.py", 'File "sklearn/base.py", line 7'),
        ("/usr/lib/python3.11/json/decoder.py", 'File "json/decoder.py", line 7'),
        ("/srv/runtime/databoard/workflows/classifier.py", 'File "databoard/workflows/classifier.py"'),
    ],
)
def test_frames_of_libraries_are_told_relative_to_their_root(path, told):
    assert told in explain(frames=[FRAME, [path, 7, "f"]])[2]


def test_a_refusal_of_ours_is_told_without_our_own_frames():
    frames = [["/srv/runtime/databoard/workflows/importing.py", 63, "method_of"]]
    facts = {"type": "SubmissionError", "text": "no fit", "advice": "Add fit."}
    assert explain(**facts, frames=frames) == ("training_error", "Add fit.", "SubmissionError: no fit")
    assert "line 5, in fit" in explain(**facts, frames=[*frames, FRAME])[2]


@pytest.mark.parametrize(
    "frame",
    [
        ["/etc/passwd", 1, "f"],
        ["x", 1, "f"],
        ["submission/classifier.py", 1, "a b"],
        ["submission/classifier.py", 10**6, "f"],
    ],
)
def test_frames_that_nobody_can_believe_are_dropped(frame):
    assert explain(frames=[frame])[2] == "ValueError: bad"


@pytest.mark.parametrize("text", ["\x1b[2Jred", "a\u202eb", "a\x00\x07b", "\x9b31m"])
def test_control_characters_never_come_through(text):
    told = "".join(explain(text=text))
    assert not set(told) & set("\x1b\u202e\x00\x07\x9b")


TEXT = st.text(st.characters(exclude_categories=()))
FRAMES = st.tuples(TEXT | st.sampled_from(FRAME[:1]), st.integers(0, 2**31 - 1) | st.just(5), TEXT)
ERRORS = st.builds(
    error_of,
    st.lists(FRAMES, max_size=4),
    nature=st.sampled_from(sorted(NATURES)),
    **dict.fromkeys(("type", "text", "advice", "hint"), TEXT),
)


@given(st.sampled_from(("training", "testing")), ERRORS)
def test_whatever_a_jail_says_becomes_words_that_can_be_stored(step, error):
    code, message, trace = failure_messages.explain_error(error, step, FILES, Limits())
    assert code.isascii() and message.strip() and trace
    assert "\0" not in (message + trace).encode().decode() and "\n" not in message


def test_paths_of_the_server_are_cut_from_texts():
    assert (
        failure_messages.scrub_paths("in /srv/databoard/secret/x.csv and /tmp/job/submission/a.py")
        == "in x.csv and a.py"
    )


def test_paths_of_a_checkout_below_tmp_are_cut_too(monkeypatch):
    monkeypatch.setattr(failure_messages, "_PREFIXES", ["/tmp/clone/.venv", "/tmp/clone"])
    text = "/tmp/clone/.venv/lib/python3.11/site-packages/sklearn/base.py:5 /tmp/clone/x.py /tmp/mine.txt"
    assert failure_messages.scrub_paths(text) == "sklearn/base.py:5 x.py /tmp/mine.txt"


def test_a_trace_is_cut_to_ten_kilobytes():
    assert len(explain(text="é" * 4000, frames=[FRAME] * 500)[2].encode()) <= 10_000


def test_a_hostile_list_of_frames_does_not_keep_the_worker():
    files = {"data.csv": b"\n" * 5_000_000}
    error = error_of([["data.csv", 1, "f"]] * MAX_FRAMES)
    began_s = time.process_time()
    trace = failure_messages.explain_error(error, "training", files, Limits())[2]
    assert trace.count("data.csv") == MAX_FRAMES
    assert time.process_time() - began_s < 5


def test_on_the_hidden_rows_no_text_comes_out():
    error = {"type": "Row51", "text": "hidden 5.1", "advice": "hidden 5.1"}
    frames = [["submission/classifier.py", 51, "row_51"], ["submission/classifier.py", 4, "fit"]]
    code, message, trace = explain("testing", frames=frames, **error)
    assert (code, message) == (
        "testing_error",
        f"Exception: {failure_messages._WITHHELD} (classifier.py line 4)",
    )
    assert "5.1" not in trace and "51" not in trace and ", in " not in trace


@pytest.mark.parametrize("nature", sorted(NATURES))
def test_on_the_hidden_rows_an_error_has_one_code(nature):
    assert explain("testing", nature=nature) == explain("testing")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("KeyError", "KeyError"), ("MemoryError", "MemoryError"), ("fit", "Exception"), ("int", "Exception"),
        ("print", "Exception"), ("a b", "Exception"), ("", "Exception"),
    ],
)  # fmt: skip
def test_on_the_hidden_rows_only_built_in_exceptions_have_a_name(name, told):
    assert explain("testing", type=name)[1].startswith(f"{told}: (text withheld")


def test_a_submission_of_lines_to_choose_among_does_not_tell_which_failed():
    files = {"classifier.py": b"fit\n" * 1200}
    error = error_of([["submission/classifier.py", 777, "fit"]])
    _, message, trace = failure_messages.explain_error(error, "testing", files, Limits())
    assert "777" not in message + trace
    assert "777" in failure_messages.explain_error(error, "training", files, Limits())[2]


@pytest.mark.parametrize(("step", "told"), [("training", "signal 10"), ("testing", "ended during testing")])
def test_signals_have_a_number_only_before_the_hidden_rows(step, told):
    report = JailReport("crashed", 1.0, 1.0, 1, "", signal=10)
    assert told in failure_messages.explain_verdict(report, Limits(), step)[1]


KILLS_A_GROUP = {"classifier.py": b"import os\nos.killpg(os.getpgid(child.pid), 15)\n"}


@pytest.mark.parametrize(
    ("number", "step", "files", "is_told"),
    [
        (15, "training", KILLS_A_GROUP, True),
        (9, "validating", KILLS_A_GROUP, True),
        (15, "testing", KILLS_A_GROUP, False),  # the number of a signal would be told with it
        (None, "training", KILLS_A_GROUP, False),
        (15, "training", FILES, False),
    ],
)
def test_who_signals_a_group_is_told_that_sessions_are_not_made(number, step, files, is_told):
    report = JailReport("crashed", 1.0, 1.0, 1, "", signal=number)
    message = failure_messages.explain_verdict(report, Limits(), step, files)[1]
    assert (failure_messages.NO_SESSIONS in message) == is_told and "\n" not in message


@pytest.mark.parametrize(
    ("nature", "code"),
    [
        ("memory", "out_of_memory"), ("exit", "crashed"), ("interface", "training_error"), ("disk", "disk_full"),
        ("import", "import_error"),
    ],
)  # fmt: skip
def test_the_nature_of_an_error_decides_its_code(nature, code):
    assert explain(nature=nature)[0] == code


@pytest.mark.parametrize("verdict", sorted(set(Verdict) - {"ok", "error", "cancelled", "platform_fault"}))
def test_every_verdict_has_words(verdict):
    report = JailReport(verdict, 1.0, 1.0, 1, "", signal=11, detail="Expected this, got that.")
    code, message = failure_messages.explain_verdict(report, Limits(), "training")
    assert code == verdict and message.endswith(".") and "\n" not in message


EVENT = Limits(
    wall_time_s=90,
    cpu_time_s=360,
    memory_bytes=1536 << 20,
    max_processes=12,
    file_size_bytes=32 << 20,
    disk_bytes=96 << 20,
    max_files=5000,
    output_bytes=(7 << 20) + (1 << 19),
)
#: What each limit says of itself, the same from every process that sees it passed.
FIGURES = [
    ("timeout", "wall clock", ["limit of 90 s", "for training, validating and testing together"]),
    ("timeout", "processor time", ["limit of 360 s of processor time", "all processes and threads"]),
    ("out_of_memory", "", ["1,536 MiB of memory"]),
    ("too_many_processes", "", ["12 processes", "Lower n_jobs"]),
    ("disk_full", "", ["96 MiB in all", "32 MiB a file", "5,000 files"]),
    ("output_too_large", "", ["7.5 MiB"]),
]


@pytest.mark.parametrize(("verdict", "detail", "told"), FIGURES)
@pytest.mark.parametrize("step", ["training", "validating", "testing"])
def test_a_limit_that_was_passed_is_told_with_the_figures_of_the_event(verdict, detail, told, step):
    report = JailReport(Verdict(verdict), 1.0, 1.0, 1, "", detail=detail)
    _, message = failure_messages.explain_verdict(report, EVENT, step)
    assert message.startswith(step.capitalize()) and [text for text in told if text not in message] == []


@pytest.mark.parametrize(
    ("nature", "verdict"),
    [("memory", "out_of_memory"), ("disk", "disk_full"), ("processes", "too_many_processes")],
)
def test_a_limit_is_told_alike_when_the_code_s_own_exception_told_it_first(nature, verdict):
    report = JailReport(Verdict(verdict), 1.0, 1.0, 1, "")
    code, message, _ = failure_messages.explain_error(error_of(nature=nature), "training", FILES, EVENT)
    assert (code, message) == failure_messages.explain_verdict(report, EVENT, "training")


def test_what_to_do_instead_stands_behind_their_own_error():
    assert explain(hint="Use memory.")[1] == "ValueError: bad (in fit, classifier.py line 5). Use memory."
    assert explain(hint="Use memory.", text="", advice="Add fit.")[1] == "Add fit. Use memory."
    assert len(explain(hint="x" * 5000)[1]) < 700


def test_paths_of_the_kernel_are_told_as_they_are():
    assert "'/proc/meminfo'" in explain(text="No such file: '/proc/meminfo'")[1]


def test_no_hint_is_told_of_the_hidden_rows():
    assert "Use memory" not in "".join(explain(step="testing", hint="Use memory."))


def test_of_a_long_text_beginning_and_end_are_shown():
    _, message, trace = explain(text="begin " + "x" * 3000 + " end")
    assert message.startswith("ValueError: begin xxx") and len(message) <= failure_messages.MAX_LINE
    shown = trace.splitlines()[-1].removeprefix("ValueError: ")
    assert shown.endswith("xxx end") and len(shown) <= failure_messages.MAX_SHOWN_TEXT
    assert len(explain(text="", advice="y" * 3000)[1]) <= failure_messages.MAX_LINE
