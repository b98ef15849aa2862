"""Turn what happened in the jail into a code, one public line and a traceback for the participant.

Text from the jail is not trusted; ``error_frame`` has already checked its types and sizes. File names and function
names are matched against the allowed ones, control characters are removed, lengths are cut.
Source lines are quoted from the submitted files, not from the jail.

On the testing step the code has seen hidden rows, and every choice that it has could reveal some of them. So an error
there shows one code, and the name of a built-in exception (70 of them: 6 bits) or none. It also shows one line of the
submission's own files, if these have at most 1,000 lines (10 bits).
"""

import builtins
import re
import sys
from pathlib import Path

from databoard.jail import JailReport, Limits, Verdict
from databoard.plain_text import strip_controls
from databoard.runner.error_frame import ErrorFrame, TraceFrame
from databoard.states import ErrorCode

MAX_TRACE_BYTES = 10_000
#: Characters shown of what an exception says: all of them may be chosen to carry out what the code has seen.
MAX_SHOWN_TEXT = 500
MAX_LINE, MAX_HINT, _MAX_HEADLINE = 400, 600, 300
#: Honest code is no longer.
_MAX_SOURCE_BYTES, _MAX_LINE_NUMBER = 1 << 20, 10**6
_MEBIBYTE = 1024 * 1024
_FUNCTION = re.compile(r"[\w<>.]{1,80}")
_TYPE = re.compile(r"[A-Za-z_]\w{0,80}")
_LIBRARY = re.compile(r".*/(?:site-packages|dist-packages|lib/python3\.\d+)/([\w./+-]{1,200})")
_OURS = re.compile(r".*/(databoard/(?:jail|kits|runner|scoring|workflows)/[\w./-]{1,200})")
_PATH = re.compile(r"(?<![\w.:/])/(?!(?:tmp|proc|sys|dev)/)(?:[\w.+@-]+/)+[\w.+@-]*")
_JOB = re.compile(r"/tmp/(?:databoard-run-\w+/)?job/(?:submission/)?")  # noqa: S108 (a pattern)
#: The server's own files are cut also where the checkout lies below /tmp, whose other paths are the run's.
_PREFIXES = sorted(
    {sys.prefix, sys.base_prefix, str(Path(__file__).resolve().parents[2])}, key=len, reverse=True
)
#: More lines than this, and an error on the hidden rows does not tell which.
_MAX_TELLING_LINES = 1000
_WITHHELD = "(text withheld: the code had seen the hidden test set)"

_CODES = {
    "memory": ErrorCode.out_of_memory,
    "exit": ErrorCode.crashed,
    "disk": ErrorCode.disk_full,
    "output": ErrorCode.bad_output,
    "processes": ErrorCode.too_many_processes,
}
NO_SESSIONS = (
    "No sessions are made here, so start_new_session=True leaves a child in the program's own group, which os.killpg "
    "ends: use process.kill(), or process_group=0."
)

#: File, line and function.
Frame = tuple[str, int, str]


def explain_verdict(
    report: JailReport, limits: Limits, step: str, files: dict[str, bytes] | None = None
) -> tuple[str, str]:
    """Return error code and public line of a run that did not report an exception itself.

    Parameters
    ----------
    files : dict of str to bytes, optional
        Those of the submission; what they call can tell why a signal ended it.
    """
    known = _limit_line(str(report.verdict), step, limits)
    if known is not None:
        return str(report.verdict), known
    words = {
        Verdict.timeout: f"{step.capitalize()} passed the limit of {_time_limit(report, limits)}.",
        Verdict.bad_output: report.detail,
        Verdict.crashed: _sentences(_crash(report, step), _group_hint(report, step, files or {})),
    }
    return str(report.verdict), words[report.verdict]


def explain_error(
    error: ErrorFrame, step: str, files: dict[str, bytes], limits: Limits
) -> tuple[str, str, str]:
    """Return error code, public line and traceback of an exception.

    Parameters
    ----------
    error : ErrorFrame
        From the jail; its texts are not trusted.
    step : {"training", "validating", "testing"}
    files : dict of str to bytes
        The submission.
    """
    if step == "testing":
        return _explain_hidden_error(error, files)
    code = _CODES.get(error.nature) or (
        ErrorCode.import_error if error.nature == "import" else f"{step}_error"
    )
    frames = _from_their_first(frames_of(error, files), files)
    name, text = _type_name(error.type), _bounded(_clean(error.text, 4000))
    headline = f"{name}: {text}" if text.strip() else name
    advice = _bounded(_clean(error.advice, 4000).strip())
    message = _known_line(code, step, limits) or advice or _one_line(headline, _MAX_HEADLINE) + _place(frames)
    # What databoard refused before any submitted line has frames of databoard only: they would not help.
    is_ours = advice and name in ("SubmissionError", "InterfaceError")
    is_refusal = is_ours and not any(frame[0] in files for frame in frames)
    hint = _one_line(_clean(error.hint, 1000), MAX_HINT)
    return code, _sentences(_one_line(message), hint), _render([] if is_refusal else frames, files, headline)


def _explain_hidden_error(error: ErrorFrame, files: dict[str, bytes]) -> tuple[str, str, str]:
    built_in = vars(builtins).get(error.type)
    is_exception = isinstance(built_in, type) and issubclass(built_in, BaseException)
    headline = f"{error.type if is_exception else 'Exception'}: {_WITHHELD}"
    frames = [frame for frame in frames_of(error, files) if frame[0] in files][-1:]
    if sum(content.count(b"\n") + 1 for content in files.values()) > _MAX_TELLING_LINES:
        frames = []
    frames = [(file, min(line, files[file].count(b"\n") + 1), "") for file, line, _ in frames]
    return ErrorCode.testing_error, headline + _place(frames), _render(frames, files, headline)


def _known_line(code: str, step: str, limits: Limits) -> str | None:
    if code == ErrorCode.crashed:
        return f"The code ended the program (sys.exit) during {step}. Return normally instead."
    return _limit_line(code, step, limits)


def _limit_line(code: str, step: str, limits: Limits) -> str | None:
    """Return the sentence for a limit that was passed. The kernel, the watchdog or the code saw it."""
    doing = step.capitalize()
    lines: dict[str, str] = {
        ErrorCode.out_of_memory: f"{doing} needed more than the {_mib(limits.memory_bytes)} of memory that all its "
        "processes may have together. Use less data at once, or a smaller model.",
        ErrorCode.too_many_processes: f"{doing} had more than the {limits.max_processes:,} processes that it may "
        "have at once, or many more threads. Lower n_jobs.",
        ErrorCode.disk_full: f"{doing} wrote more than fits: {_mib(limits.disk_bytes)} in all, "
        f"{_mib(limits.file_size_bytes)} a file, {limits.max_files:,} files. Delete what is done with.",
        ErrorCode.output_too_large: f"{doing} printed more than the {_mib(limits.output_bytes)} that it may. "
        "Print less.",
    }
    return lines.get(code)


def _crash(report: JailReport, step: str) -> str:
    number = report.signal
    if number == 11:
        return f"The program crashed during {step} (segmentation fault in compiled code)."
    if number == 9:
        return f"The program was killed during {step}; often the machine was out of memory."
    # On the hidden rows the number of a signal would be one more thing to choose.
    if number is not None and step != "testing":
        return f"The program was ended by signal {number} during {step}."
    return f"The program ended during {step} before it returned (exit called?). Return normally instead."


def _group_hint(report: JailReport, step: str, files: dict[str, bytes]) -> str:
    """Return what to do instead of a signal to a group that the program itself is in."""
    is_likely = (
        report.signal is not None and step != "testing" and any(b"killpg" in f for f in files.values())
    )
    return NO_SESSIONS if is_likely else ""


def _time_limit(report: JailReport, limits: Limits) -> str:
    shared = "for training, validating and testing together"
    if report.detail == "processor time":
        return f"{limits.cpu_time_s:g} s of processor time, summed over all processes and threads, {shared}"
    return f"{limits.wall_time_s:g} s {shared}"


def _mib(n_bytes: int) -> str:
    return f"{n_bytes / _MEBIBYTE:,.1f}".removesuffix(".0") + " MiB"


def frames_of(error: ErrorFrame, files: dict[str, bytes]) -> list[tuple[str, int, str]]:
    """Return (file, line, function) of the believable frames."""
    return [
        (name, frame.line, frame.function)
        for frame in error.frames
        if _is_believable(frame, files) and (name := _file_name(frame.file, files)) is not None
    ]


def _is_believable(frame: TraceFrame, files: dict[str, bytes]) -> bool:
    is_named = _file_name(frame.file, files) is not None and _FUNCTION.fullmatch(frame.function)
    return bool(is_named) and frame.line < _MAX_LINE_NUMBER


def _from_their_first(frames: list[Frame], files: dict[str, bytes]) -> list[Frame]:
    own = [number for number, frame in enumerate(frames) if frame[0] in files]
    return frames[own[0] :] if own else frames


def _file_name(name: str, files: dict[str, bytes]) -> str | None:
    own = name.removeprefix("submission/")
    if own in files:
        return own
    match = _LIBRARY.fullmatch(name) or _OURS.fullmatch(name)
    return match[1] if match else None


def _type_name(name: str) -> str:
    return name if _TYPE.fullmatch(name) else "Exception"


def _place(frames: list[Frame]) -> str:
    if not frames:
        return ""
    file, line, function = frames[0]
    return f" ({f'in {function}, ' if function else ''}{file} line {line})"


def _render(frames: list[Frame], files: dict[str, bytes], last: str) -> str:
    lines = ["Traceback (most recent call last):"] if frames else []
    for file, line, function in frames:
        lines.append(f'  File "{file}", line {line}' + (f", in {function}" if function else ""))
        content = files.get(file, b"")
        source = content.decode("utf-8", "replace").splitlines() if len(content) <= _MAX_SOURCE_BYTES else []
        if 0 < line <= len(source):
            lines.append(f"    {_clean(source[line - 1].strip(), 200)}")
    text = "\n".join([*lines, last])
    return text.encode()[-MAX_TRACE_BYTES:].decode("utf-8", "ignore")


def _clean(text: str, max_length: int) -> str:
    return scrub_paths(strip_controls(text[:max_length]))


def scrub_paths(text: str) -> str:
    """Return ``text`` with every absolute path outside ``/tmp`` cut to what a participant knows it by."""
    for prefix in _PREFIXES:
        text = re.sub(rf"(?<![\w.:/]){re.escape(prefix)}/[\w./+@-]*", _short, text)
    return _PATH.sub(_short, _JOB.sub("", text))


def _short(match: "re.Match[str]") -> str:
    path = match[0]
    known = _LIBRARY.fullmatch(path) or _OURS.fullmatch(path)
    return known[1] if known else path.rstrip("/").rpartition("/")[2]


def _sentences(message: str, hint: str) -> str:
    if not hint:
        return message
    return f"{message} {hint}" if message.endswith((".", "!", "?", "…")) else f"{message}. {hint}"


def _bounded(text: str) -> str:
    """Cut a text to `MAX_SHOWN_TEXT` characters: its beginning, and its end, where libraries say what to do."""
    if len(text) <= MAX_SHOWN_TEXT:
        return text
    return f"{text[: MAX_SHOWN_TEXT * 2 // 3]} … {text[-(MAX_SHOWN_TEXT // 3 - 3) :]}"


def _one_line(text: str, max_length: int = MAX_LINE) -> str:
    line = " ".join(text.split())
    return line if len(line) <= max_length else line[: max_length - 1] + "…"
