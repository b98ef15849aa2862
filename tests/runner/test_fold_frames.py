"""Whatever a submission writes on the channel, the fold ends with a verdict on the submission, never with ours.

The channel is the real one, over a socket pair; only the jail behind it is missing.
"""

import json
import select
import socket
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from databoard.errors import JailError
from databoard.jail import BadOutput, Channel, ChannelClosed, JailReport, Limits, SealedFile, Verdict
from databoard.runner import folds
from databoard.runner.fold_reader import FoldReader
from databoard.runner.fold_worker import NATURES
from databoard.runner.task import ExpectedPredictions, FoldInputs, FoldTask
from databoard.states import ErrorCode, SubmissionState

N_ROWS, N_COLUMNS = 3, 2
FILES = {"classifier.py": b"def fit():\n    raise ValueError\n"}
EXPECTED = ExpectedPredictions((N_ROWS, N_COLUMNS), (N_ROWS, N_COLUMNS), (0, 1))
TASK = FoldTask(0, FILES, {}, FoldInputs(None, None, None), EXPECTED, Limits(), "bubblewrap")
STEPS = ("training_error", "validating_error", "testing_error")

TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**60, 2**5000) | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=5,
)
TRACE_FRAMES = st.lists(
    st.tuples(TEXT | st.just("submission/classifier.py"), st.integers(0, 9), TEXT | st.just("fit")),
    max_size=3,
)
#: Errors as the worker sends them, and the same with any of their values exchanged for anything.
WELL_FORMED = st.fixed_dictionaries(
    {
        "type": TEXT | st.sampled_from(("ImportError", "TypeError", "NameError")),
        "text": TEXT,
        "frames": TRACE_FRAMES,
        "advice": TEXT,
        "nature": st.sampled_from(sorted(NATURES)),
        "hint": TEXT,
    }
)
BROKEN = st.builds(
    lambda error, key, value: error | {key: value},
    WELL_FORMED,
    st.sampled_from(("type", "text", "frames", "advice", "nature", "hint", "more")),
    ANYTHING,
)
JSON = (WELL_FORMED | BROKEN | ANYTHING).map(lambda value: json.dumps(value).encode())


def with_length(data, wrong_by=0):
    return b"ERROR %d\n" % max(len(data) + wrong_by, 0) + data


def with_shape(name, shape, values):
    return b" ".join([name, *(b"%d" % n for n in shape)]) + b"\n" + struct.pack(f"<{len(values)}d", *values)


VALUES = st.lists(st.floats() | st.just(0.5), min_size=N_ROWS * N_COLUMNS, max_size=N_ROWS * N_COLUMNS)
SHAPES = st.just((N_ROWS, N_COLUMNS)) | st.lists(st.integers(0, 10**13), max_size=5)
PREDICTIONS = st.builds(with_shape, st.sampled_from((b"VALIDATED", b"TESTED")), SHAPES, VALUES)
FRAME = (
    st.just(b"TRAINED\n")
    | PREDICTIONS
    | st.builds(with_length, JSON, st.sampled_from((0, 0, 0, -1, 1, 10**6)))
    | st.binary(max_size=300)
    | st.sampled_from((b"ERROR\n", b"ERROR -1\n", b"ERROR 9 9\n", b"ERROR " + b"9" * 100, b"[" * 300 + b"\n"))
    | st.just(with_length(b"[" * 40_000))
)
GOOD = st.just([b"TRAINED\n"]) | st.just(
    [b"TRAINED\n", with_shape(b"VALIDATED", (N_ROWS, N_COLUMNS), [0.5] * N_ROWS * N_COLUMNS)]
)
#: A part of a good run, so that each step is reached, then anything.
SEQUENCES = st.builds(lambda good, rest: [*good, *rest], GOOD | st.just([]), st.lists(FRAME, max_size=4))


@pytest.fixture(scope="module")
def test_rows():
    return SealedFile(b"rows")


def end_of(frames, test_rows):
    """Return how a fold ends that sends these frames; the supervisor does the same with what the reader raises."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"".join(frames))
        theirs.shutdown(socket.SHUT_WR)
        ours.setblocking(False)
        wait = lambda: select.select([ours], [], [])  # noqa: E731
        reader = FoldReader(EXPECTED, test_rows.descriptor, lambda state: None)
        verdict, detail = Verdict.crashed, ""
        try:
            verdict = reader(Channel(ours, wait=wait, start_clock=lambda: None, settle=lambda: None))
        except BadOutput as error:
            verdict, detail = Verdict.bad_output, str(error)
        except ChannelClosed:
            pass
        return folds._conclude(TASK, reader, JailReport(verdict, 1.0, 1.0, 1, "", detail=detail))


@settings(max_examples=2000)
@given(frames=SEQUENCES)
def test_any_frames_end_in_a_verdict_on_the_submission(frames, test_rows):
    run = end_of([b"STARTED\n", *frames], test_rows)
    assert run.state in ("tested", *STEPS) and run.state in set(SubmissionState)
    if run.state == "tested":
        assert run.y_pred_test.shape == EXPECTED.test and run.error_code is None
    else:
        assert ErrorCode(run.error_code) and run.message.strip() and "\n" not in run.message
        assert "\0" not in (run.message + run.trace).encode().decode()


@pytest.mark.parametrize("key", ["type", "text", "frames", "advice", "nature", "hint"])
@pytest.mark.parametrize("value", [[], {}, None, 7, True], ids=repr)
def test_an_error_with_a_value_of_another_type_is_the_submissions_bad_output(key, value, test_rows):
    error = {"type": "E", "text": "", "frames": [], "advice": "", "nature": "exception", "hint": ""}
    run = end_of([b"STARTED\n", with_length(json.dumps(error | {key: value}).encode())], test_rows)
    expected = "training_error" if (key, value) == ("frames", []) else "bad_output"
    assert (run.state, run.error_code) == ("training_error", expected)


@pytest.mark.parametrize("frames", [[], [b"TRAINED\n"], [with_length(b"{}")]])
def test_what_comes_before_any_of_their_code_ran_is_ours(frames, test_rows):
    with pytest.raises(JailError, match="did not get as far"):
        end_of(frames, test_rows)
