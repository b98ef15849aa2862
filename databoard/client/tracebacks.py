"""The traceback of a participant's error on their own machine: as on the server, without the frames of this program.

The server's is in ``runner/failure_messages.py``; that one believes nothing, because its frames come out of the jail.
"""

import os
import traceback
from collections.abc import Iterable
from pathlib import Path

import databoard

_PACKAGE = f"{Path(databoard.__file__).parent}{os.sep}"


def headline(error: BaseException) -> str:
    """Return type, first line and place of an error: ``ValueError: no (in fit, classifier.py line 8)``."""
    text = f"{type(error).__name__}: {error}".strip().removesuffix(":").splitlines()[0]
    frames = _kept(traceback.extract_tb(error.__traceback__))
    if not frames or _is_hidden(frames[0]):
        return text
    return f"{text} (in {frames[0].name}, {Path(frames[0].filename).name} line {frames[0].lineno})"


def participant_trace(error: BaseException) -> str:
    """Return the traceback, also of causes, without what this program calls; whole where nothing else is in it."""
    told = traceback.TracebackException.from_exception(error)
    seen: set[int] = set()
    chain: list[traceback.TracebackException | None] = [told]
    while chain:
        part = chain.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        part.stack = traceback.StackSummary.from_list(_kept(part.stack))
        chain += [part.__cause__, part.__context__, *(getattr(part, "exceptions", None) or [])]
    return "".join(told.format())


def _kept(stack: Iterable[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    return [frame for frame in stack if not _is_hidden(frame)] or list(stack)


def _is_hidden(frame: traceback.FrameSummary) -> bool:
    return frame.filename.startswith((_PACKAGE, "<frozen importlib"))
