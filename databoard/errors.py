"""The tree of exceptions, classed by who can fix the error.

::

    DataboardError
    ├── RuleError            the user can fix it (HTTP 4xx, exit code 1 on the command line)
    │   ├── NotFound         404
    │   ├── Forbidden        403
    │   ├── Conflict         409
    │   ├── LoginRefused     401
    │   ├── InvalidParameter 422
    │   ├── QuotaExceeded    507
    │   ├── DiskFull         507
    │   └── TooManyRequests  429
    ├── SubmissionError      the participant's code
    │   └── PredictionError  its predictions cannot be scored
    ├── KitError             the organiser's kit
    ├── JailError            of the server: isolation is missing or broken
    └── EngineLost           of the server: what runs the folds went away; the submission has no result

A message says what was expected, what came and what to do. It never holds hidden labels or server paths.
"""

from databoard.states import ErrorCode


class DataboardError(Exception):
    """Base of everything databoard raises on purpose."""


class RuleError(DataboardError):
    """A request that the rules refuse; the message is shown to the person who asked."""

    status = 400
    #: What programs read of it; empty for the word of its status.
    code = ""
    #: Seconds after which it may be asked again; None when time alone does not help.
    retry_after_s: int | None = None
    #: Whether what the request wrote before refusing is kept (a right password takes its count back).
    is_recorded = False


class NotFound(RuleError):
    """What was named does not exist, or the asker may not know that it does."""

    status = 404


class Forbidden(RuleError):
    """The asker is known and may not do this."""

    status = 403


class Conflict(RuleError):
    """It was possible a moment ago, or a name is taken."""

    status = 409


class InvalidParameter(RuleError):
    """A value in an address or on the command line that this table or list does not understand."""

    status = 422


class QuotaExceeded(RuleError):
    """There is no room left for the bytes of this account or event; the message says what may be deleted."""

    status = 507


class DiskFull(RuleError):
    """The disk of the server is full, or nearly so; an operator must make room."""

    status, code = 507, "DiskFull"

    def __init__(self) -> None:
        super().__init__(
            "The disk of this server is full. Nothing was saved. The organisers must make room; try again later."
        )


class LoginRefused(RuleError):
    """The name or the password is wrong; the failure is counted."""

    status = 401


class TooManyRequests(RuleError):
    """Asked too often; the message says when to try again."""

    status = 429

    def __init__(self, message: str, retry_after_s: int | None = None):
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SubmissionError(DataboardError):
    """The participant's code failed.

    Parameters
    ----------
    message : str
        One public line.
    step : str
        ``checking``, ``training``, ``validating`` or ``testing``.
    code : str
        A value of :class:`databoard.states.ErrorCode`.
    trace : str
        The participant's own traceback, without server paths.
    """

    def __init__(
        self, message: str, *, step: str = "training", code: str = ErrorCode.training_error, trace: str = ""
    ) -> None:
        super().__init__(message)
        self.step, self.code, self.trace = step, code, trace


class InterfaceError(SubmissionError):
    """A file, class, function or method that the workflow calls is not there."""


class PredictionError(SubmissionError):
    """Predictions of a wrong shape, type or range."""

    def __init__(
        self, message: str, *, step: str = "testing", code: str = ErrorCode.bad_output, trace: str = ""
    ) -> None:
        super().__init__(message, step=step, code=code, trace=trace)


class KitError(DataboardError):
    """The kit breaks its contract; the message names the file and what to change."""


class JailError(DataboardError):
    """Isolation is missing or failed; nothing untrusted may run."""


class EngineLost(DataboardError):
    """The cluster that runs folds is away; a job goes back to waiting and that does not count."""
