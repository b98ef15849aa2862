"""Convert an uploaded file of a submission to what the server stores. Needs no database.

Code and text become UTF-8 with LF, or are refused with the line. Data are kept byte by byte. Called by the sandbox
and by `submit`.
"""

import hashlib
from collections.abc import Iterable
from pathlib import PurePath
from typing import IO

from databoard import text_files
from databoard.errors import DiskFull, RuleError
from databoard.models import WorkflowElement
from databoard.services.base.files import FileStore, StoredFile

#: Enough of a file to tell a notebook or an archive, which no wrong name must hide.
_HEAD_BYTES = 4096


def typed_content(text: str, element: WorkflowElement) -> bytes:
    """Return the bytes to keep of a text that was typed or pasted; it ends with a line end."""
    text = text_files.normalise(
        text, element.file_name, refusal=RuleError, max_bytes=element.element_type.file_type.max_size_bytes
    )
    return (text if not text or text.endswith("\n") else text + "\n").encode()


def text_content(content: bytes, element: WorkflowElement) -> bytes:
    """Return the bytes to keep of a file of code or text; RuleError when it is none, or larger than its kind."""
    text = text_files.decode(
        content,
        element.file_name,
        refusal=RuleError,
        max_bytes=element.element_type.file_type.max_size_bytes,
        instead=f"upload {element.file_name}",
    )
    return text.encode()


def editable_content(content: bytes, element: WorkflowElement) -> bytes:
    """Return the bytes to keep of a file that people go on editing: as :func:`text_content`, with a last line end."""
    return typed_content(text_content(content, element).decode(), element)


def uploaded_content(stream: IO[bytes], element: WorkflowElement) -> bytes:
    """Return the bytes to keep of an uploaded file of code or text."""
    max_bytes = element.element_type.file_type.max_size_bytes
    return editable_content(stream.read(max_bytes + 1), element)  # one more: half a file is worse than none


def put(store: FileStore, content: bytes | IO[bytes], element: WorkflowElement) -> StoredFile:
    """Store `content`; RuleError names the file when it is too large."""
    try:
        return store.put(content, max_bytes=element.element_type.file_type.max_size_bytes)
    except DiskFull:
        raise
    except RuleError as error:
        raise RuleError(f"{element.file_name}: {error}") from None


def element_of_upload(
    filename: str, stream: IO[bytes], elements: Iterable[WorkflowElement]
) -> WorkflowElement:
    """Return the element that an uploaded file is for; its stem chooses, and the name is used for nothing else.

    Raises
    ------
    RuleError
        If no file is called so, or it is an archive or a notebook, whatever it is called.
    """
    path, elements = PurePath(filename.replace("\\", "/")), list(elements)
    element = next((element for element in elements if element.name == path.stem), None)
    names = ", ".join(element.file_name for element in elements)
    if not (element is not None and _is_binary(element)):
        head = stream.read(_HEAD_BYTES)
        stream.seek(0)
        text_files.refuse_container(head, path.name, refusal=RuleError, instead=f"upload {names}")
    if element is None:
        raise RuleError(
            f"Expected a file called one of {names}, got {path.name!r}. Rename it and upload again."
        )
    extension = path.suffix.lstrip(".").lower()
    accepted = {link.extension.name for link in element.element_type.file_type.extensions}
    if extension != element.extension or extension not in accepted:
        raise RuleError(f"Expected {element.file_name}, got {path.name!r}. Rename it and upload again.")
    return element


def _is_binary(element: WorkflowElement) -> bool:
    return not element.element_type.file_type.is_editable and element.extension != "csv"


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
