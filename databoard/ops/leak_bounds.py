"""How many bits of data a submission can reveal: the bound of every channel that its participant sees.

A bound, not a measurement: every character that is shown counts as chosen freely, every digit too.
``docs/security.md`` has the table for the default limits, which a test computes again. ``fab jail_check`` shows it.
"""

import math
from dataclasses import dataclass

from databoard.kits import EventSpec
from databoard.runner import failure_messages
from databoard.scoring import shown_digits
from databoard.services.events.limits import limit_facts
from databoard.services.results import checks
from databoard.services.submissions import quota

#: What the bound is made for: the folds and scores of an event, and the digits of a score.
N_FOLDS, N_SCORES, N_DIGITS = 8, 4, 3
#: Of a Unicode character, of a byte, of a number that is not rounded.
_CHARACTER_BITS, _BYTE_BITS, _FLOAT_BITS = 21, 8, 53
#: On the hidden rows: the name of a built-in exception, a line of at most 1,000, and otherwise how the step ended.
_HIDDEN_ERROR_BITS = 6 + 10 + 4
_DAY_S = 86_400

TRAINING_ROWS = "X and labels of the rows trained on"
VALIDATION_LABELS = "validation labels, by their scores"
HIDDEN_X = "X of the hidden test rows"


@dataclass(frozen=True)
class LeakBound:
    """One channel.

    Attributes
    ----------
    channel, knows, bounded_by : str
        What the participant sees; what the code knows when it writes there; which rule limits it.
    bits : int
        Of one submission, at most.
    per_day : int
        Submissions of a team in a day, at most.
    """

    channel: str
    knows: str
    bounded_by: str
    bits: int
    per_day: int

    @property
    def bits_per_day(self) -> int:
        return self.bits * self.per_day


def leak_bounds(spec: EventSpec) -> tuple[LeakBound, ...]:
    """Return every channel of an event with these limits and rules."""
    limits = limit_facts(spec)
    n_scored = _DAY_S // max(spec.min_duration_between_submissions_s, 1)
    n_failed = quota.MAX_FAILURES_PER_DAY
    message = (
        _CHARACTER_BITS * (failure_messages.MAX_LINE + failure_messages.MAX_HINT)
        + _BYTE_BITS * failure_messages.MAX_TRACE_BYTES
    )
    printed = _BYTE_BITS * limits.log_bytes * N_FOLDS
    time = math.ceil(math.log2(10**shown_digits.TIME_DIGITS * limits.wall_time_s))
    memory = math.ceil(math.log2(limits.memory_bytes))
    score = math.ceil(N_DIGITS * math.log2(10))
    return (
        LeakBound("text of a refusal by the check", TRAINING_ROWS, "failures a day, length of texts",
                  message + _CHARACTER_BITS * checks.MAX_PRINTED, n_failed),
        LeakBound("text and printed lines of a failure", TRAINING_ROWS, "failures a day, length of texts",
                  message + printed, n_failed),
        LeakBound("printed lines of a scored submission", TRAINING_ROWS, "waiting time, log kept", printed, n_scored),
        LeakBound("times, memory and order of the folds", TRAINING_ROWS, "waiting time, digits shown",
                  N_FOLDS * (4 * time + memory) + math.ceil(math.log2(math.factorial(N_FOLDS))), n_scored),
        LeakBound("scores of folds, mean and bagged, contributivity", VALIDATION_LABELS,
                  "waiting time, digits shown",
                  score * N_SCORES * (2 * N_FOLDS + 6) + 2 * _FLOAT_BITS, n_scored),
        LeakBound("error on the hidden rows", HIDDEN_X, "failures a day, no text", _HIDDEN_ERROR_BITS, n_failed),
        LeakBound("time until the submission is scored", HIDDEN_X, "waiting time, whole seconds",
                  math.ceil(math.log2(limits.wall_time_s)), n_scored),
    )  # fmt: skip


def default_bounds() -> tuple[LeakBound, ...]:
    """Return every channel with the limits that an event has when its file says nothing."""
    return leak_bounds(EventSpec("event", "problem", "title", scores=()))


def hidden_bits_per_day(bounds: tuple[LeakBound, ...]) -> int:
    """Return how many bits of the hidden rows a team can carry out in a day, at most."""
    return sum(bound.bits_per_day for bound in bounds if bound.knows == HIDDEN_X)
