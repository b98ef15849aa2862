"""The difference of two texts, line by line, in bounded time for all texts. Used by the templates."""

import difflib
from dataclasses import dataclass

#: Around a change.
CONTEXT_LINES = 3
#: Longer stretches that differ are shown as removed and added whole: difflib may take the cube of their length.
MAX_COMPARED_LINES = 500
MAX_SHOWN_LINES = 1000


@dataclass(frozen=True)
class DifferenceLine:
    """A line of a difference. `kind` is ``same``, ``removed``, ``added`` or ``left_out``, a remark."""

    kind: str
    text: str


def difference(before: str, after: str) -> tuple[DifferenceLine, ...]:
    """Return what must change in `before` to make it `after`; nothing when they are equal."""
    if before == after:
        return ()
    lines = _without_far_lines(_compared(before.split("\n"), after.split("\n")))
    if len(lines) <= MAX_SHOWN_LINES:
        return tuple(lines)
    rest = DifferenceLine("left_out", f"{len(lines) - MAX_SHOWN_LINES:,} more lines")
    return (*lines[:MAX_SHOWN_LINES], rest)


def _compared(before: list[str], after: list[str]) -> list[DifferenceLine]:
    """Return all lines of both; what they begin and end with alike is taken off first."""
    start = _n_alike(before, after)
    end = _n_alike(before[start:][::-1], after[start:][::-1])
    middle = _middle(before[start : len(before) - end], after[start : len(after) - end])
    head, tail = before[:start], before[len(before) - end :]
    return [*_all("same", head), *middle, *_all("same", tail)]


def _n_alike(first: list[str], second: list[str]) -> int:
    for number, (a, b) in enumerate(zip(first, second, strict=False)):
        if a != b:
            return number
    return min(len(first), len(second))


def _middle(before: list[str], after: list[str]) -> list[DifferenceLine]:
    if max(len(before), len(after)) > MAX_COMPARED_LINES:
        return [*_all("removed", before), *_all("added", after)]
    lines = []
    for tag, i, i_end, j, j_end in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            lines += _all("same", before[i:i_end])
        else:
            lines += [*_all("removed", before[i:i_end]), *_all("added", after[j:j_end])]
    return lines


def _without_far_lines(lines: list[DifferenceLine]) -> list[DifferenceLine]:
    changed = [number for number, line in enumerate(lines) if line.kind != "same"]
    near = {number + offset for number in changed for offset in range(-CONTEXT_LINES, CONTEXT_LINES + 1)}
    kept, n_left_out = [], 0
    for number, line in enumerate(lines):
        if number in near:
            kept += _remark(n_left_out)
            kept.append(line)
            n_left_out = 0
        else:
            n_left_out += 1
    return kept + _remark(n_left_out)


def _remark(n_lines: int) -> list[DifferenceLine]:
    plural = "s" if n_lines > 1 else ""
    return [DifferenceLine("left_out", f"{n_lines:,} line{plural} alike")] if n_lines else []


def _all(kind: str, texts: list[str]) -> list[DifferenceLine]:
    return [DifferenceLine(kind, text) for text in texts]
