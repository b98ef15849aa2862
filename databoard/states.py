"""Every enumeration, and for what moves, its legal transitions beside it."""

from enum import Enum
from typing import TypeVar


class TextEnum(str, Enum):
    """Members are texts, as those of ``enum.StrEnum``, which Python 3.10 lacks; kits may run on it."""

    __str__ = str.__str__


State = TypeVar("State", bound=TextEnum)


class AccessLevel(TextEnum):
    """What an account may do: wait for approval, take part, or run the server."""

    asked = "asked"
    user = "user"
    admin = "admin"


class MembershipStatus(TextEnum):
    """A user in a team: invited and not yet in, or in."""

    asked = "asked"
    accepted = "accepted"


class SubmissionState(TextEnum):
    """Where a submission, or one fold of it, stands."""

    new = "new"
    sent_to_training = "sent_to_training"
    training = "training"
    trained = "trained"
    validated = "validated"
    tested = "tested"
    scored = "scored"
    training_error = "training_error"
    validating_error = "validating_error"
    testing_error = "testing_error"
    checking_error = "checking_error"
    cancelled = "cancelled"


S = SubmissionState
ERROR_STATES = frozenset({S.training_error, S.validating_error, S.testing_error, S.checking_error})
FINAL_STATES = ERROR_STATES | {S.scored, S.cancelled}
PENDING_STATES = frozenset(S) - FINAL_STATES

_ENDS = ERROR_STATES | {S.cancelled}
#: From each state, where a submission may go. Every pending state may return to ``new``: its worker was lost.
SUBMISSION_TRANSITIONS: dict[SubmissionState, frozenset[SubmissionState]] = {
    S.new: _ENDS | {S.sent_to_training},
    S.sent_to_training: _ENDS | {S.training, S.new},
    S.training: _ENDS | {S.trained, S.validated, S.tested, S.new},
    S.trained: _ENDS | {S.validated, S.tested, S.new},
    S.validated: _ENDS | {S.tested, S.new},
    S.tested: _ENDS | {S.scored, S.new},
    S.scored: frozenset({S.new}),  # a rerun
    **{ended: frozenset({S.new}) for ended in _ENDS},
}


class JobState(TextEnum):
    """Where a job of the queue stands."""

    waiting = "waiting"
    started = "started"
    success = "success"
    error = "error"
    cancelled = "cancelled"


PENDING_JOB_STATES = frozenset({JobState.waiting, JobState.started})
JOB_TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.waiting: frozenset({JobState.started, JobState.cancelled}),
    JobState.started: frozenset({JobState.success, JobState.error, JobState.cancelled, JobState.waiting}),
    JobState.success: frozenset(),
    JobState.error: frozenset(),
    JobState.cancelled: frozenset(),
}


class JobStep(TextEnum):
    """What a job does with its submission."""

    check = "check"  # in seconds, before it may wait for a slot: does it run at all?
    train_test = "train_test"
    score = "score"  # score earlier predictions again; needs no jail


class ErrorCode(TextEnum):
    """Why a submission or job ended badly."""

    import_error = "import_error"
    training_error = "training_error"
    validating_error = "validating_error"
    testing_error = "testing_error"
    scoring_error = "scoring_error"
    bad_output = "bad_output"
    timeout = "timeout"
    out_of_memory = "out_of_memory"
    too_many_processes = "too_many_processes"
    disk_full = "disk_full"
    output_too_large = "output_too_large"
    crashed = "crashed"
    cancelled = "cancelled"
    worker_lost = "worker_lost"
    server_disk_full = "server_disk_full"
    db_unavailable = "db_unavailable"
    internal = "internal"


#: Ours to repair and free for the team: the job is tried again. Every other code is final.
RETRY_CODES = frozenset(
    {ErrorCode.worker_lost, ErrorCode.server_disk_full, ErrorCode.db_unavailable, ErrorCode.internal}
)


class QuotaKind(TextEnum):
    """What a team may do so many times a day."""

    attempt = "attempt"
    scored = "scored"


class QuotaCause(TextEnum):
    """Why a team's quota went down or up."""

    submitted = "submitted"
    refused_by_check = "refused_by_check"
    cancelled_before_start = "cancelled_before_start"
    not_scored = "not_scored"  # it failed or was cancelled while it ran: no score was used up
    platform_fault = "platform_fault"
    granted = "granted"  # by the organisers


class SubmissionType(TextEnum):
    """A participant's submission, or one deposited by the organisers."""

    live = "live"
    deposited = "deposited"


class CVFoldType(TextEnum):
    """Folds that count, and folds only tried."""

    live = "live"
    test = "test"


class KeywordType(TextEnum):
    """A problem's data domain, or its data-science theme."""

    data_domain = "data_domain"
    data_science_theme = "data_science_theme"


class SimilarityType(TextEnum):
    """Who says that a submission builds on another."""

    target_credit = "target_credit"
    source_credit = "source_credit"
    thirdparty_credit = "thirdparty_credit"


class EnsembleKind(TextEnum):
    """How an event's submissions are combined into one score."""

    combined = "combined"
    foldwise = "foldwise"


class BoardKind(TextEnum):
    """Which leaderboard of an event: that of the validation scores or that of the test scores."""

    public = "public"
    private = "private"


class ScoreKind(TextEnum):
    """What a board shows of a submission and ranks by."""

    bag = "bag"  # the score of the predictions averaged over the folds
    mean = "mean"  # the mean of the scores of the folds


class StorageProblem(TextEnum):
    """What a check of the stored files found: a file that is away, that nobody names, or of another size."""

    missing = "missing"
    orphaned = "orphaned"
    wrong_size = "wrong_size"


class IllegalTransition(ValueError):
    """A state was asked to go where it cannot; a bug or a race, never a user's mistake."""


def check_transition(transitions: dict[State, frozenset[State]], old: State, new: State) -> State:
    """Return `new` when the table allows it from `old`; staying is always allowed.

    Raises
    ------
    IllegalTransition
        Naming both states and where `old` may go.
    """
    if new != old and new not in transitions[old]:
        allowed = ", ".join(sorted(transitions[old])) or "nowhere"
        raise IllegalTransition(f"{old} cannot become {new}; it may become: {allowed}.")
    return new
