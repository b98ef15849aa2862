"""How much of a request the server reads.

Called by ``app`` before it takes a lock or reads the clock. Knows no rule and no table.
"""

from flask import request

SMALL_BODY_BYTES = 64 * 1024
#: Code typed into the editors; a browser sends it as multipart, a program may send it urlencoded.
MAX_TEXT_BYTES = 2 * 1024 * 1024
#: Parts of a multipart body: together with the size of each they bound what lies in memory.
MAX_PARTS = 128


def limit_body(*, is_known: bool, max_upload_bytes: int) -> None:
    """Bound what will be read: strangers and plain forms little, the sandbox code, its uploads a data file."""
    if not is_known or request.blueprint != "sandbox":
        limit = SMALL_BODY_BYTES
    elif request.mimetype == "multipart/form-data":
        limit = max_upload_bytes
    else:
        limit = MAX_TEXT_BYTES
    request.max_content_length = min(limit, max_upload_bytes)
