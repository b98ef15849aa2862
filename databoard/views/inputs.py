"""Which text a request may contain: text that the database, the files and the logs can hold.

Called by ``app`` before any view, for path, query and form. What does not pass is refused here, in one place. It
knows no rule and no table.
"""

import contextlib
import re
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import unquote_to_bytes

from flask import abort, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadHost

from databoard.forms import FILE_FIELD_PREFIX

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
MAX_FILENAME_CHARACTERS = 255


#: Answered whatever name they were called by.
SIGNS_OF_LIFE = frozenset({"home.healthcheck", "home.ready"})

#: Answered also by the number of the machine: no page of another site can make a browser send that as its own name.
READ_BY_NUMBER = frozenset({"metrics.show"})


class UnknownHost(BadHost):
    """The Host header names another server; the answer is plain text, because no page can be linked from there."""

    description = (
        "Expected the name of this server in the Host header. Its operator lists names in DATABOARD_HOSTS."
    )


def refuse_other_hosts(names: Collection[str]) -> None:
    """Refuse a Host header that can be no host's or, when `names` are given, is none of them.

    A name that begins with a dot stands for its domain and all names below. The sign of life is answered whatever it
    was called: who looks after a server may only know its number.
    """
    if isinstance(request.routing_exception, BadHost):
        raise UnknownHost
    is_by_number = request.endpoint in READ_BY_NUMBER and is_number(request.host)
    if (
        names
        and request.endpoint not in SIGNS_OF_LIFE
        and not is_by_number
        and not is_named(request.host, names)
    ):
        raise UnknownHost


def is_named(host: str, names: Collection[str]) -> bool:
    """Tell whether `host`, with or without a port, is one of `names`."""
    name = re.sub(r":[0-9]*$", "", host).lower().removesuffix(".")
    return any(f".{name}".endswith(known) if known.startswith(".") else name == known for known in names)


def is_number(host: str) -> bool:
    """Tell whether `host`, with or without a port, is an address in numbers, or this machine."""
    name = re.sub(r":[0-9]*$", "", host)
    with contextlib.suppress(ValueError):
        ip_address(name.removeprefix("[").removesuffix("]"))
        return True
    return name == "localhost"


def refuse_unusable_address() -> None:
    """Answer 404 to a path that names nothing (NUL, other bytes than UTF-8), 400 to such a query."""
    if "\0" in request.path or not is_utf8(request.environ.get("PATH_INFO", "").encode("latin-1", "replace")):
        abort(404)
    refuse_other_bytes(request.query_string, "address")
    for name, values in request.args.lists():
        for text in (name, *values):
            refuse_unusable_text(text, "address")


def read_form() -> None:
    """Read all of a form, so that a broken or large one is refused here; refuse what is no form or no text."""
    if request.mimetype and request.mimetype not in FORM_TYPES:
        abort(415, f"Expected a form ({' or '.join(FORM_TYPES)}), got {request.mimetype}.")
    try:
        if request.mimetype == FORM_TYPES[0]:
            refuse_other_bytes(request.get_data(), "form")
        request.files  # noqa: B018
    except ParseException:  # gunicorn met a chunk that is none
        abort(400, "Expected a body in whole chunks, got a broken one. Send the request again.")
    refuse_unusable_form()


def refuse_unusable_form() -> None:
    """Answer 400 to unusable text in a field or the name of a file; code fields report NUL themselves and keep it."""
    for name, values in request.form.lists():
        refuse_unusable_text(name, "form")
        is_code = name.startswith(FILE_FIELD_PREFIX)
        for text in values:
            refuse_unusable_text(text.replace("\0", "") if is_code else text, "form")
    for name, files in request.files.lists():
        refuse_unusable_text(name, "form")
        for file in files:
            refuse_unusable_text(file.filename or "", "name of the file")
            if len(file.filename or "") > MAX_FILENAME_CHARACTERS:
                abort(400, f"Expected the name of a file of at most {MAX_FILENAME_CHARACTERS} characters.")


def refuse_unusable_text(text: str, place: str) -> None:
    """Answer 400 to text that PostgreSQL (NUL) or UTF-8 (half of a surrogate pair) cannot hold."""
    if "\0" in text:
        abort(400, f"Expected text in the {place}, got a NUL character.")
    try:
        text.encode()
    except UnicodeEncodeError:
        abort(400, f"Expected text in the {place}, got half of a surrogate pair (U+D800 to U+DFFF).")


def refuse_other_bytes(quoted: bytes, place: str) -> None:
    """Answer 400 to a percent-encoded text that is not UTF-8; Werkzeug would keep its percent signs instead."""
    if not is_utf8(unquote_to_bytes(quoted)):
        abort(400, f"Expected text in UTF-8 in the {place}, got other bytes.")


def is_utf8(content: bytes) -> bool:
    """Tell whether the bytes are text in UTF-8, which has no halves of surrogate pairs."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
