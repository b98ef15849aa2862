"""What goes into a jailed run and what comes out of it: limits, verdicts, reports.

Frozen values only; the room above (``runner``) turns a verdict into words for a participant.
"""

from dataclasses import dataclass

from databoard.states import TextEnum

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one jailed run may use; beyond it the whole tree of processes is killed.

    Attributes
    ----------
    wall_time_s : float
        From the moment untrusted code may start (not from the start of the interpreter) to the last frame.
    cpu_time_s : float
        Summed over all processes of the run; also the limit of each process.
    memory_bytes : int
        Resident memory summed over the tree. Each process may map 1 GiB more than that.
    max_processes : int
        Processes alive at once. Threads are bounded too, more loosely.
    file_size_bytes : int
        Largest file that may be written.
    disk_bytes : int
        Size of the private ``/tmp``, and of ``/dev/shm``. Both live in memory.
    max_files : int
        Files and folders in either of them; bounded at level A only.
    log_bytes : int
        Output kept: the first half and the last half of it.
    output_bytes : int
        Output beyond which the run is killed.
    """

    wall_time_s: float = 600.0
    cpu_time_s: float = 1200.0
    memory_bytes: int = 2048 * MEBIBYTE
    max_processes: int = 32
    file_size_bytes: int = 256 * MEBIBYTE
    disk_bytes: int = 512 * MEBIBYTE
    max_files: int = 20_000
    log_bytes: int = 64 * 1024
    output_bytes: int = 100 * MEBIBYTE


@dataclass(frozen=True)
class Interpreter:
    """The Python that runs inside.

    Attributes
    ----------
    executable : str
        Full path.
    prefixes : tuple of str
        Folders that hold it and its libraries; the inside sees them, read only.
    """

    executable: str
    prefixes: tuple[str, ...]


class Verdict(TextEnum):
    """How a run ended. Only ``platform_fault`` is ours."""

    ok = "ok"
    error = "error"
    timeout = "timeout"
    out_of_memory = "out_of_memory"
    too_many_processes = "too_many_processes"
    disk_full = "disk_full"
    output_too_large = "output_too_large"
    bad_output = "bad_output"
    crashed = "crashed"
    cancelled = "cancelled"
    platform_fault = "platform_fault"


@dataclass(frozen=True)
class JailReport:
    """How one run ended and what it used.

    Attributes
    ----------
    cpu_time_s : float
        Processor time of the tree since the clock was started, up to ``Channel.settle`` when the reader called it.
    max_rss_bytes : int
        Most memory that the tree had, up to there too.
    log : str
        Standard output and error, up to there, cut to ``Limits.log_bytes``, control characters stripped.
    signal : int or None
        The signal that ended the main process, when one did.
    detail : str
        For operators; may hold server paths, so it is never shown to a participant.
    """

    verdict: Verdict
    wall_time_s: float
    cpu_time_s: float
    max_rss_bytes: int
    log: str
    signal: int | None = None
    detail: str = ""


class BadOutput(Exception):
    """A reader saw a byte on the channel that the protocol does not allow."""


class ChannelClosed(Exception):
    """The other side closed the channel before it said all that was expected."""


class Stopped(Exception):
    """A watchdog ended the run; carries the verdict."""

    def __init__(self, verdict: Verdict, detail: str = "") -> None:
        super().__init__(verdict, detail)
        self.verdict, self.detail = verdict, detail
