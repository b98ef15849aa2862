"""Check that what participants download gives away no hidden row, and works on their machine.

Rows are counted, because two of a table may be equal: hidden rows are out when the download has them more often than
the private training part does.
"""

import io
import re
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from databoard import text_files
from databoard.errors import KitError
from databoard.kits.checks.data import KitData
from databoard.kits.checks.findings import Report
from databoard.kits.data import data_folder
from databoard.kits.loading import line_of_error, run_source
from databoard.kits.missing_data import reading_word
from databoard.kits.starting_kit import starting_kit_zip

_SHORTEST_LINE = 12  # a shorter one, such as a label, says nothing about where it comes from
_NOTEBOOK_LINE = re.compile(r'^"(.*?)(?:\\n)?",?$')  # of an output, as Jupyter saves it
_LARGEST_TEXT = 256 << 20  # bytes; larger files are compared row by row in memory only


def check_download(report: Report, data: KitData) -> None:
    """Unpack the zip that participants get, look for hidden rows, and read its data as they would."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(starting_kit_zip(report.path)))
    except KitError as error:
        report.error(
            "download_link",
            f"Expected what participants download to be files of the kit, got a link out of it: {error}",
            "Put the file itself there.",
            file="starting_kit/",
        )
        return
    with tempfile.TemporaryDirectory(prefix="databoard-check-") as folder:
        archive.extractall(folder)
        unpacked = Path(folder) / report.path.name
        is_out = _check_lines(report, unpacked)
        if not report.has("data_raises", "data_shape", "x_columns"):
            _check_rows(report, unpacked, data, is_out)


def _check_lines(report: Report, unpacked: Path) -> bool:
    """Compare the lines of text files; return whether hidden ones are out."""
    hidden, known = _private_lines(report.path)
    if not hidden:
        return False
    is_out = False
    spare = known.copy()
    for file in sorted(p for p in unpacked.rglob("*") if p.is_file()):
        found = []
        for number, line in enumerate(_lines(file), start=1):
            if line in hidden and spare[line] <= 0:
                found.append(number)
            spare[line] -= 1
        if found:
            is_out = True
            name = file.relative_to(unpacked).as_posix()
            if not (report.path / name).exists():  # only the zip has it among the submissions
                name = name.removeprefix("submissions/")
            report.error(
                "hidden_rows_public",
                f"Expected no row of the hidden test data in what participants download, got {len(found)} in {name}.",
                "Cut data/public from the private training rows only, then remove data/public and prepare again.",
                file=name,
                line=found[0],
            )
    return is_out


def _private_lines(path: Path) -> tuple[set[str], Counter[str]]:
    """Return the lines of the hidden test files, and how often the training files beside them have each line."""
    folder = data_folder(path)
    if folder.name == "public":
        folder = folder.parent  # a kit written for RAMP
    files = [p for p in sorted(folder.iterdir()) if p.is_file()] if folder.is_dir() else []
    test = [p for p in files if "test" in p.stem.lower()]
    known = Counter(line for p in files if p not in test for line in _lines(p))
    hidden = {line for p in test for line in _lines(p)[1:] if len(line) >= _SHORTEST_LINE}
    return hidden, known


def _lines(file: Path) -> list[str]:
    if file.stat().st_size > _LARGEST_TEXT:
        return []
    content = file.read_bytes()
    if b"\0" in content:  # no text: what looks like its lines may be alike in any two files
        return []
    lines = [line.strip() for line in text_files.decode_anyhow(content).splitlines()]
    return [_NOTEBOOK_LINE.sub(r"\1", line) for line in lines] if file.suffix == ".ipynb" else lines


def _check_rows(report: Report, unpacked: Path, data: KitData, is_out: bool) -> None:
    """Read the download's data by its own ``problem.py``, and compare rows of X."""
    if not (unpacked / "data").is_dir():
        report.warning(
            "public_data_missing",
            "Expected data/public, the data that participants try their code on; the download has none.",
            "Let prepare_data write data/public, cut from the private training rows, or put it into the kit.",
            file="data/public",
        )
        return
    parts = {}
    try:
        problem = run_source(unpacked)
        for function in ("get_train_data", "get_test_data"):
            parts[function] = getattr(problem, function)(path=str(unpacked))[0]
    except Exception as error:  # the kit raises what it likes
        function = function if "function" in locals() else "problem.py"
        report.error(
            "download_fails",
            f"Expected {function} to read data/public of the unpacked download, got {type(error).__name__}: {error}",
            f"Read below {reading_word(report.path)}, never below Path(__file__), with the same files in both.",
            line=line_of_error(unpacked, error) or report.source.line(function),
        )
        return
    _compare_rows(report, parts, data, is_out)


def _compare_rows(report: Report, parts: dict[str, Any], data: KitData, is_out: bool) -> None:
    hidden, known = _row_counts(data.X_test), _row_counts(data.X_train)
    if not hidden:
        return
    for function, X in parts.items():
        public = _row_counts(X)
        if public == hidden and function == "get_test_data":
            report.error(
                "path_ignored" if not is_out else "hidden_rows_public",
                f"Expected {function}(path) to read the data of the folder that it is given, got the hidden rows "
                "for the unpacked download, too.",
                f"Read below {reading_word(report.path)}; cut data/public from the private training rows.",
                line=report.source.line(function),
            )
            return
        n_out = sum(((public - known) & hidden).values())
        if n_out and not is_out:
            report.error(
                "hidden_rows_public",
                f"Expected no row of the hidden test data in data/public, got {n_out} among the X of {function}.",
                "Cut data/public from the private training rows only, then remove data/public and prepare again.",
                file="data/public",
            )


def _row_counts(X: Any) -> Counter[Any]:
    """Count equal rows of X; rows of a type that cannot be told apart are not counted."""
    if X is None:
        return Counter()
    try:
        if hasattr(X, "columns"):
            return Counter(zip(*(map(_hashable, X[name].tolist()) for name in X.columns), strict=True))
        if hasattr(X, "tocsr"):
            X = X.tocsr()
            return Counter((row.indices.tobytes(), row.data.tobytes()) for row in X)
        return Counter(map(_hashable, X))
    except (TypeError, AttributeError):
        return Counter()


def _hashable(value: Any) -> Any:
    if hasattr(value, "tobytes") and value.dtype.kind != "O":
        return value.tobytes()
    return str(value) if isinstance(value, (list, dict, set)) or hasattr(value, "shape") else value
