"""Answers that are files: CSV and JSON of a table, and downloads that no browser should run.

All of them are for the person who asked: no cache keeps them, neither a proxy's nor that of a shared browser.
"""

import csv
import io
import json
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, jsonify, request, send_file
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from databoard.queries.paging import KeyPage

#: What is sent at once of an answer that is written while it is read.
BLOCK_CHARACTERS = 32_768
#: Reads the records of a long table, one by one.
Read = Callable[[Session], Iterator[dict[str, object]]]
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
    return personal(Response(output.getvalue(), mimetype="text/csv", headers=_attached(filename)))


def json_stream(read: Read) -> Response:
    """Return what `json_table` does, written row by row while `read` reads them from the database."""
    engine = g.session.get_bind()

    def pieces() -> Iterator[str]:
        n_rows = 0
        yield '{"rows":['
        for record in _read(engine, read):
            yield f"{',' if n_rows else ''}{json.dumps(record)}"
            n_rows += 1
        yield f'],"n_rows":{n_rows}}}\n'

    return personal(Response(_begun(_in_blocks(pieces())), mimetype="application/json"))


def csv_stream(read: Read, filename: str) -> Response:
    """Return what `csv_table` does, written row by row while `read` reads them from the database."""
    engine = g.session.get_bind()

    def pieces() -> Iterator[str]:
        output = io.StringIO()
        writer: csv.DictWriter[str] | None = None
        for record in _read(engine, read):
            if writer is None:
                writer = csv.DictWriter(output, fieldnames=list(record))
                writer.writeheader()
            writer.writerow({key: neutralised(value) for key, value in record.items()})
            yield output.getvalue()
            output.seek(0)
            output.truncate()

    response = Response(_begun(_in_blocks(pieces())), mimetype="text/csv", headers=_attached(filename))
    return personal(response)


def _read(engine: Engine | Connection, read: Read) -> Iterator[dict[str, object]]:
    """Yield records from a session of their own: that of the request has ended when the answer is sent."""
    with Session(engine) as session:
        yield from read(session)


def _begun(blocks: Generator[str, None, None]) -> Iterator[str]:
    """Return blocks of which the first is read already: what fails at once is an error page, not a torn answer."""
    first = next(blocks)

    def every() -> Iterator[str]:
        with closing(blocks):
            yield first
            yield from blocks

    return every()


def _in_blocks(pieces: Iterator[str]) -> Generator[str, None, None]:
    """Join small texts to blocks, each sent at once."""
    block: list[str] = []
    size = 0
    for piece in pieces:
        block.append(piece)
        size += len(piece)
        if size >= BLOCK_CHARACTERS:
            yield "".join(block)
            block, size = [], 0
    yield "".join(block)


def _attached(filename: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{filename}"'}


def with_links(response: Response, page: KeyPage[Any]) -> Response:
    """Return an answer that names the addresses of the next and the previous page in its header ``Link``."""
    kept = {name: value for name, value in request.args.items() if name not in {"before", "after"}}
    beside = [("next", "after", page.next), ("prev", "before", page.previous)]
    links = [
        f'<{request.path}?{urlencode({**kept, word: key})}>; rel="{relation}"'
        for relation, word, key in beside
        if key is not None
    ]
    if links:
        response.headers["Link"] = ", ".join(links)
    return response


def personal(response: Response) -> Response:
    """Forbid every cache to keep `response`."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def neutralised(value: object) -> object:
    """Return a cell so that spreadsheets read it as text: names come from strangers, numbers stay numbers."""
    is_formula = isinstance(value, str) and value.startswith(FORMULA_STARTS)
    return f"'{value}" if is_formula else value
