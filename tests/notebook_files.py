"""Writes small notebooks for tests, with every kind of cell and output that a page shows or leaves out."""

import json
import struct
import zlib
from base64 import b64encode
from pathlib import Path

HTML_TABLE = '<style>td {color: red}</style><table border="1" class="dataframe"><tr><td>7</td></tr></table>'


def png(width: int = 160, height: int = 60) -> bytes:
    """Return a picture of one colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xb0" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def encoded(content: bytes) -> str:
    return b64encode(content).decode()


def markdown(source, **facts) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **facts}


def code(source, *outputs) -> dict:
    return {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": outputs, "source": source}


def stream(text) -> dict:
    return {"output_type": "stream", "name": "stdout", "text": text}


def result(**data) -> dict:
    """Return what a cell returned; `text_html` stands for ``text/html``."""
    data = {name.replace("_", "/", 1): value for name, value in data.items()}
    return {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}


def notebook(*cells, **facts) -> dict:
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **facts}


def write(kit: Path, table, name: str = "starting_kit.ipynb") -> Path:
    """Write a notebook, or what is none, into the folder of a kit; return the folder."""
    kit.mkdir(parents=True, exist_ok=True)
    (kit / name).write_text(table if isinstance(table, str) else json.dumps(table))
    return kit


def write_notebook(kit: Path, long_line: str) -> Path:
    """Write a notebook as an instructor would; return the folder of the kit."""
    error = {
        "output_type": "error",
        "ename": "E",
        "evalue": "v",
        "traceback": ["\x1b[31mValueError\x1b[0m: no"],
    }
    cells = (
        markdown("# Iris\n\nThree species, *four* measurements.\n\n| a |\n|--:|\n| 1 |"),
        code(f"{long_line}\nprint(1)", stream(["one\n", f"{long_line}\n"])),
        markdown(["## The table\n", "\n", "See [Fisher](https://example.org/)."]),
        code("data.head()", result(text_html=HTML_TABLE, text_plain="   0\n0  7")),
        code("data.plot()", result(image_png=encoded(png()), text_plain="<Figure size 160x60>")),
        code("1 / 0", error),
    )
    return write(kit, notebook(*cells))
