"""Count how much of what other servers' operators do works here: ``python tools/capabilities.py``.

It reads the tables of docs/operations.md. A row works when it names a test.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "operations.md"
STATES = ("works", "partly", "missing")


@dataclass(frozen=True)
class Capability:
    """A row of the page: what operators of a server do, and how it is done here."""

    server: str
    what: str
    command: str
    page: str
    test: str

    @property
    def state(self) -> str:
        """``works``, ``partly`` or ``missing``."""
        word = self.test.partition(":")[0]
        return word if word in STATES else "works"


def capabilities(text: str) -> list[Capability]:
    """Return the rows of all tables of the page."""
    found, server = [], ""
    for line in text.splitlines():
        if line.startswith("## "):
            server = line.removeprefix("## ")
        elif line.startswith("| ") and not line.startswith("| What they do"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            found.append(Capability(server, *cells))
    return found


def main() -> None:
    """Print works, partly and missing by server and in all."""
    rows = capabilities(PAGE.read_text(encoding="utf-8"))
    for server in [*dict.fromkeys(row.server for row in rows), "all"]:
        counts = Counter(row.state for row in rows if server in ("all", row.server))
        print(f"{server:18} " + " / ".join(f"{counts[state]:2} {state}" for state in STATES))


if __name__ == "__main__":
    main()
