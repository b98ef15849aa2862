"""The ERROR frame of a fold: checked whole when it comes out of the jail, and typed from there on.

``fold_reader`` parses; ``failure_messages`` and ``fast_fail_rules`` read. A submission can write what it likes on the
channel. So a frame that ``fold_worker`` would never send is bad output of the submission. All later code gets only
the types and sizes that the classes below state. It does not trust what the texts say.
"""

import json
from dataclasses import dataclass, fields

from databoard.jail import BadOutput
from databoard.runner.fold_worker import MAX_FRAMES, MAX_HINT, MAX_NAME, MAX_TEXT, MAX_TYPE, NATURES

#: One sentence for every defect: on the hidden rows a choice of sentences would be one of bits.
REFUSAL = "Expected an error as the worker describes it; the channel carried something else."
#: No file has more lines than this, and no code object a line number of more bits.
_MAX_LINE = (1 << 31) - 1
_MAX_CHARACTERS = {"type": MAX_TYPE, "text": MAX_TEXT, "advice": MAX_TEXT, "hint": MAX_HINT}


@dataclass(frozen=True)
class TraceFrame:
    """One frame of a traceback: file as the jail names it, line (0: none), function."""

    file: str
    line: int
    function: str


@dataclass(frozen=True)
class ErrorFrame:
    """An exception in the jail.

    Attributes
    ----------
    type, text : str
        Name of the class, and what the exception says.
    frames : tuple of TraceFrame
        The last ones, the outermost first.
    advice, hint : str
        What our own refusal says, and what to do where the jail was the reason; may be empty.
    nature : str
        One of ``fold_worker.NATURES``.
    """

    type: str
    text: str
    frames: tuple[TraceFrame, ...]
    advice: str
    nature: str
    hint: str


_KEYS = frozenset(field.name for field in fields(ErrorFrame))


def parse_error(data: bytes) -> ErrorFrame:
    """Return the error that ``data`` describes, keys that nobody knows left out.

    Raises
    ------
    BadOutput
        If it is no JSON object with every key, each of its type and within its bounds.
    """
    try:
        error = json.loads(data)
    except (ValueError, RecursionError):
        raise BadOutput(REFUSAL) from None
    if not isinstance(error, dict) or not error.keys() >= _KEYS:
        raise BadOutput(REFUSAL)
    if not (isinstance(error["nature"], str) and error["nature"] in NATURES):
        raise BadOutput(REFUSAL)
    texts = {name: _text(error[name], most) for name, most in _MAX_CHARACTERS.items()}
    return ErrorFrame(nature=error["nature"], frames=_frames(error["frames"]), **texts)


def _frames(frames: object) -> tuple[TraceFrame, ...]:
    if not isinstance(frames, list) or len(frames) > MAX_FRAMES:
        raise BadOutput(REFUSAL)
    return tuple(_frame(frame) for frame in frames)


def _frame(frame: object) -> TraceFrame:
    if not isinstance(frame, list) or len(frame) != 3:
        raise BadOutput(REFUSAL)
    file, line, function = frame
    if type(line) is not int or not 0 <= line <= _MAX_LINE:  # to Python True is an int
        raise BadOutput(REFUSAL)
    return TraceFrame(_text(file, MAX_NAME), line, _text(function, MAX_NAME))


def _text(value: object, max_characters: int) -> str:
    if not isinstance(value, str) or len(value) > max_characters:
        raise BadOutput(REFUSAL)
    return value
