"""How much of a request the server reads, and what it refuses before any rule is asked.

Called by ``app`` before it takes a lock or reads the clock. Knows no rule and no table.
"""

from flask import abort, request

from databoard.forms import FILE_FIELD_PREFIX

SMALL_BODY_BYTES = 64 * 1024
#: Code typed into the editors; a browser sends it as multipart, a program may send it urlencoded.
MAX_TEXT_BYTES = 2 * 1024 * 1024
#: Parts of a multipart body: together with the size of each they bound what lies in memory.
MAX_PARTS = 32


def limit_body(*, is_known: bool, max_upload_bytes: int) -> None:
    """Bound what will be read: strangers and plain forms little, the sandbox code, its uploads a data file."""
    if not is_known or request.blueprint != "sandbox":
        limit = SMALL_BODY_BYTES
    elif request.mimetype == "multipart/form-data":
        limit = max_upload_bytes
    else:
        limit = MAX_TEXT_BYTES
    request.max_content_length = min(limit, max_upload_bytes)


def refuse_nul_in_address() -> None:
    """Answer 404 to an address with a NUL character, which no name holds and PostgreSQL does not take."""
    if "\0" in request.path:
        abort(404)


def refuse_nul_in_form() -> None:
    """Answer 400 to a NUL character in a field; the editors' fields say so themselves and keep the text."""
    for name, values in request.form.lists():
        is_code = name.startswith(FILE_FIELD_PREFIX) and "\0" not in name
        if "\0" in name or (not is_code and any("\0" in value for value in values)):
            abort(400, "Expected text, got a NUL character.")
