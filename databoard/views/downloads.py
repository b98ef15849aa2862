"""Answers that are files: CSV and JSON of a table, and downloads that no browser should run.

All of them are for the person who asked: no cache keeps them, neither a proxy's nor that of a shared browser.
"""

import csv
import io
from pathlib import Path

from flask import Response, jsonify, send_file

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def download(content: bytes | Path, filename: str, mimetype: str = "application/octet-stream") -> Response:
    """Return ``content`` (bytes, or the path of a file) as an attachment called ``filename``."""
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    return personal(send_file(source, mimetype=mimetype, as_attachment=True, download_name=filename))


def json_table(records: list[dict[str, object]], **facts: object) -> Response:
    """Return the rows of a table as JSON, one object a row, keys in the order of the columns; and `facts` beside."""
    return json_record({"rows": records, "n_rows": len(records), **facts})


def json_record(record: dict[str, object]) -> Response:
    """Return one record as JSON."""
    return personal(jsonify(record))


def csv_table(records: list[dict[str, object]], filename: str) -> Response:
    """Return the rows of a table as CSV with a header; a spreadsheet takes no cell for a formula."""
    output = io.StringIO()
    if records:
        writer = csv.DictWriter(output, fieldnames=list(records[0]))
        writer.writeheader()
        writer.writerows({key: neutralised(value) for key, value in record.items()} for record in records)
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return personal(Response(output.getvalue(), mimetype="text/csv", headers=headers))


def personal(response: Response) -> Response:
    """Forbid every cache to keep `response`."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def neutralised(value: object) -> object:
    """Return a cell so that spreadsheets read it as text: names come from strangers, numbers stay numbers."""
    is_formula = isinstance(value, str) and value.startswith(FORMULA_STARTS)
    return f"'{value}" if is_formula else value
