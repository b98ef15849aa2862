"""What never stands in a log: passwords and keys, code of participants, labels. Called by `lines` for each record.

The rooms below already log none of it. This is the second lock: an exception of a library or of a kit may quote any
value that it met.
"""

import re
import traceback
from pathlib import Path

#: Longer lines are cut.
MAX_CHARACTERS = 2000
HIDDEN = "***"
#: Code of these folders is the server's: its lines may be shown in a traceback. Others are of a kit or a submission.
OUR_FOLDERS = (Path(__file__).resolve().parents[1], Path(traceback.__file__).resolve().parent)
PATTERNS = (
    (re.compile(r"\$argon2\S+"), HIDDEN),
    (re.compile(r"(://[^\s/:@]*):[^\s/@]*@"), rf"\1:{HIDDEN}@"),
    (
        re.compile(
            r"(?i)([\w-]*(?:password|passwd|secret|token|session_key|cookie|authorization)[\w-]*['\"]?\s*[=:]\s*)"
            r"(?:(?:basic|bearer)\s+)?['\"]?[^\s'\",;&]+['\"]?"
        ),
        rf"\1{HIDDEN}",
    ),
)
#: A list, up to its end or that of the line; its values may be labels, or rows. Nested ones are met from the inside.
LIST = re.compile(r"\[([^\[\]]*)(?:\]|$)")


class Hider:
    """Takes out of a text what a log must not hold.

    Parameters
    ----------
    secrets : tuple of str
        Texts that are hidden wherever they appear; short ones would hide ordinary words and are left out.
    """

    def __init__(self, secrets: tuple[str, ...] = ()):
        self._secrets = sorted({text for text in secrets if len(text) >= 6}, key=len, reverse=True)

    def line(self, text: str) -> str:
        """Return the first line of `text` without secrets and values, its control characters escaped."""
        first, *more = text.strip().splitlines() or [""]
        for secret in self._secrets:
            first = first.replace(secret, HIDDEN)
        first = first[: 4 * MAX_CHARACTERS]
        for pattern, shown in PATTERNS:
            first = pattern.sub(shown, first)
        first = LIST.sub(
            lambda found: "[…]" if len(re.split(r"[\s,]+", found[1].strip())) > 1 else found[0], first
        )
        if len(first) > MAX_CHARACTERS:
            first = f"{first[:MAX_CHARACTERS]}…"
        first = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in first)
        return f"{first} (and {len(more)} more lines)" if more else first

    def trace(self, error: BaseException) -> list[str]:
        """Return the lines of a traceback: places, and code of the server only; of each message the first line."""
        lines = []
        chain = _chain(error)
        for raised in chain:
            for frame in traceback.extract_tb(raised.__traceback__):
                lines.append(f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}')
                if frame.line and _is_ours(frame.filename):
                    lines.append(f"    {self.line(frame.line)}")
            lines.append(f"{type(raised).__name__}: {self.line(str(raised))}")
        return lines


def _chain(error: BaseException) -> list[BaseException]:
    """Return the error and what led to it, the first one first."""
    chain: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in chain:
        chain.insert(0, found)
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    return chain


def _is_ours(filename: str) -> bool:
    path = Path(filename)
    return any(path.is_relative_to(folder) for folder in OUR_FOLDERS)
