"""Check every ``events/<event>.toml`` of a kit, each mistake in it. Runs in the server's process: no kit code."""

import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from databoard import text_files
from databoard.errors import KitError
from databoard.kits.checks.findings import Finding
from databoard.kits.events import event_names, load_event
from databoard.kits.kit import Kit

_MOST = 50  # mistakes in one file
_FIELD = re.compile(r"(?:unknown key '(?P<unknown>[^']+)'|(?P<key>\w+) should be|(?P<first>\w+) \()")
_HEADER, _TEACHING = "[[scores]]", "[teaching]"
_TABLE = re.compile(r"\[\[scores\]\] (\d+)")


def check_events(kit: Kit) -> "list[Finding]":
    """Return what is wrong with the event files of a kit."""
    found = []
    with tempfile.TemporaryDirectory(prefix="databoard-events-") as folder:
        copy = replace(kit, path=Path(folder) / kit.name)
        shutil.copytree(kit.path / "events", copy.path / "events") if event_names(kit.path) else None
        for event_name in event_names(kit.path):
            found += _check_event(copy, event_name)
    return found


def _check_event(kit: Kit, event_name: str) -> list[Finding]:
    """Load the file again and again, each time without the line that was wrong."""
    file = kit.path / "events" / f"{event_name}.toml"
    fault = text_files.fault_of(file.read_bytes(), file.name)
    if fault is not None:
        return [
            Finding("error", "no_text", f"events/{file.name}", fault.line, f"{fault.what}.", fault.remedy)
        ]
    found = []
    for _ in range(_MOST):
        try:
            load_event(kit, event_name)
            break
        except KitError as error:
            text = str(error).partition(".toml")[2].lstrip(":, ")
            line = _line(file, text)
            what, _, fix = (
                text.rpartition(". ") if ". " in text else (text.rstrip("."), "", "Correct that line.")
            )
            found.append(Finding("error", "event_wrong", f"events/{file.name}", line, f"{what}.", fix))
            if line is None or "TOML" in text or _TEACHING in text:  # which is read last
                break
            _take_out(file, line)
    return found


def _take_out(file: Path, line: int) -> None:
    """Make a line harmless, so that the next mistake shows; lines keep their numbers."""
    lines = _lines(file)
    is_title, is_score = (re.match(rf"\s*{key}\s*=", lines[line - 1]) for key in ("title", "score_type"))
    if is_score or lines[line - 1].strip() == _HEADER:
        first = max(number for number in range(line) if lines[number].strip() == _HEADER)
        next_ = [number for number in range(first + 1, len(lines)) if lines[number].strip() == _HEADER]
        end = next_[0] if next_ else len(lines)
        lines[first:end] = [""] * (end - first)
    else:
        lines[line - 1] = 'title = "any"' if is_title else ""
    file.write_text("\n".join(lines), encoding="utf-8")


def _line(file: Path, text: str) -> "int | None":
    """Return the line that an error of ``load_event`` is about."""
    at = re.search(r"at line (\d+)", text)
    if at:
        return int(at[1])
    lines = _lines(file)
    tables = [number for number, line in enumerate(lines, 1) if line.strip() == _HEADER]
    first, last = 1, tables[0] - 1 if tables else len(lines)
    table = _TABLE.search(text)
    if table and int(table[1]) <= len(tables):
        first = tables[int(table[1]) - 1]
        last = tables[int(table[1])] - 1 if int(table[1]) < len(tables) else len(lines)
    if text.startswith(_TEACHING):
        first, last = next((n for n, line in enumerate(lines, 1) if line.strip() == _TEACHING), 1), len(lines)
    field = _FIELD.search(text)
    key = next(filter(None, field.groups()), None) if field else None
    if "same name" in text:
        key, first, last = "name|score_type", tables[-1] if tables else 1, len(lines)
    if "are official" in text:
        key, first, last = "is_official", tables[-1] if tables else 1, len(lines)
    for number in range(first, last + 1):
        if key and re.match(rf"\s*(?:{key})\s*=", lines[number - 1]):
            return number
    return first if table else None


def _lines(file: Path) -> list[str]:
    return text_files.decode_anyhow(file.read_bytes()).split("\n")
