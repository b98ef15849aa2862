"""The shape of what people type: fields, types, lengths.

What is allowed when is a rule and lives in ``services``.
"""

from typing import Any, TypeVar

from flask import Request, request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, EmailField, PasswordField, StringField, TextAreaField, URLField
from wtforms.validators import DataRequired, EqualTo, Length, Optional, Regexp

from databoard.errors import InvalidParameter, RuleError
from databoard.queries.board_order import BoardRequest
from databoard.queries.paging import Position
from databoard.services.teams.sandbox_conflicts import Choice as FileChoice
from databoard.services.teams.sandbox_conflicts import Seen
from databoard.states import TextEnum

FILE_FIELD_PREFIX = "file-"
#: Of each file of the sandbox: the version that the page shows, a newer one that it tells of, which of two to keep.
SHOWN_FIELD_PREFIX, NEWER_FIELD_PREFIX, CHOICE_FIELD_PREFIX = "shown-", "newer-", "choice-"
URL_SHAPE = Regexp(r"^https?://\S+$", message="Expected an address that begins with http:// or https://.")

#: What one may search for, and the largest number that a row can have.
MAX_SEARCH, MAX_ID = 64, 2**31

T = TypeVar("T")
Choice = TypeVar("Choice", bound=TextEnum)


class BodyForm(FlaskForm):
    """A form that reads a form's body and nothing else; Flask-WTF itself would read JSON, too."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(
            self, form: FlaskForm, formdata: MultiDict[str, Any] | None
        ) -> MultiDict[str, Any] | None:
            """Return the fields to read: those given, or else those of a submitted body; None when there are none."""
            if formdata is None or isinstance(formdata, MultiDict):
                return formdata
            return request.form if form.is_submitted() and request.form else None


class LoginForm(BodyForm):
    """Name or e-mail address, and password."""

    login = StringField("User name or e-mail", [DataRequired("Type your user name or e-mail.")])
    password = PasswordField("Password", [DataRequired("Type your password.")])
    is_remembered = BooleanField("Keep me signed in on this device")


class SignUpForm(BodyForm):
    """A request for an account."""

    name = StringField(
        "User name",
        [
            DataRequired("Choose a user name."),
            Regexp(
                r"^[A-Za-z][A-Za-z0-9_.-]*$",
                message="Expected letters, digits, dots, dashes and underscores, beginning with a letter.",
            ),
            Length(2, 20, "Expected 2 to 20 characters."),
        ],
        description="2 to 20 letters, digits, dots, dashes or underscores. Shown on leaderboards.",
    )
    email = EmailField("E-mail", [DataRequired("Type your e-mail address."), Length(max=254)])
    password = PasswordField(
        "Password",
        [DataRequired("Choose a password."), Length(10, 1024, "Expected at least 10 characters.")],
        description="At least 10 characters. Four ordinary words make a good one.",
    )
    repeated = PasswordField("Password again", [EqualTo("password", "The two passwords differ.")])
    firstname = StringField("First name", [Length(max=80)])
    lastname = StringField("Last name", [Length(max=80)])
    bio = TextAreaField(
        "About you", [Length(max=1024)], description="It helps the organisers to know who you are."
    )
    website_url = URLField("Website", [Optional(), Length(max=255), URL_SHAPE])
    github_url = URLField("GitHub", [Optional(), Length(max=255), URL_SHAPE])
    linkedin_url = URLField("LinkedIn", [Optional(), Length(max=255), URL_SHAPE])
    is_want_news = BooleanField("Tell me about new challenges by e-mail")

    def facts(self) -> dict[str, Any]:
        """Return the fields as ``services.accounts.sign_up`` takes them."""
        return {name: value for name, value in self.data.items() if name not in {"repeated", "csrf_token"}}


def edited_texts(request: Request) -> dict[str, str]:
    """Return the editors' texts by workflow element, with the line ends of a Python file."""
    texts = _by_element(request, FILE_FIELD_PREFIX)
    return {element: text.replace("\r\n", "\n") for element, text in texts.items()}


def seen_versions(request: Request) -> Seen:
    """Return which versions of the files the page showed, and what was decided about newer ones."""
    newer = _by_element(request, NEWER_FIELD_PREFIX)
    choices = {
        element: FileChoice(is_mine=word == "mine", newer=newer.get(element, ""))
        for element, word in _by_element(request, CHOICE_FIELD_PREFIX).items()
        if word in {"mine", "theirs"}
    }
    return Seen(shown=_by_element(request, SHOWN_FIELD_PREFIX), choices=choices)


def _by_element(request: Request, prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): value for name, value in request.form.items() if name.startswith(prefix)
    }


def selected_ids(request: Request, name: str) -> list[int]:
    """Return the numbers of the selected boxes called ``name``; no row has a number of more than nine digits."""
    return [int(value) for value in request.form.getlist(name) if value.isdecimal() and len(value) <= 9]


def chosen(request: Request, name: str, choices: dict[str, T]) -> T:
    """Return the choice whose button was pressed; no button is a choice of its own."""
    choice = choices.get(request.form.get(name, ""))
    if choice is None:
        raise RuleError(f"Expected {name} to be one of {', '.join(choices)}. Press one of the buttons.")
    return choice


def changed_fields(request: Request) -> dict[str, str]:
    """Return the fields that a person changed: those that differ from what the page showed, ``was:<field>``."""
    found = {}
    for name, text in request.form.items():
        if name in {"csrf_token"} or name.startswith("was:"):
            continue
        if text != request.form.get(f"was:{name}"):
            found[name] = text
    return found


def listed_ids(request: Request, name: str, *, most: int) -> list[int]:
    """Return the numbers of a field such as ``17,18``, at most `most` of them."""
    words = request.form.get(name, "").split(",")[:most]
    return [int(word) for word in words if word.isascii() and word.isdecimal() and len(word) <= 9]


def one_of(kind: type[Choice], text: str, noun: str) -> Choice:
    """Return the member of an enumeration that `text` names.

    Raises
    ------
    InvalidParameter
        Naming all members.
    """
    try:
        return kind(text)
    except ValueError:
        raise InvalidParameter(f"Expected {noun} of {', '.join(kind)}, got {text[:40]!r}.") from None


def board_request(request: Request) -> BoardRequest:
    """Return which part of a leaderboard the address asks for; what it cannot mean is left out."""
    after, before = (request.args.get(name, type=int) for name in ("after", "before"))
    return BoardRequest(
        sort=request.args.get("sort", "rank"),
        is_reversed=request.args.get("order") == "reversed",
        search=request.args.get("q", "").strip()[:MAX_SEARCH],
        after=after if after and 0 < after < MAX_ID else None,
        before=before if before and 0 < before < MAX_ID and not after else None,
    )


def page_position(request: Request, prefix: str = "") -> Position | None:
    """Return where ``?after=`` or ``?before=`` asks for a page; None for the first one.

    Programs that ask for JSON or CSV get no other page for a key that is none.
    """
    is_strict = request.path.endswith((".json", ".csv"))
    for word in ("before", "after", "cursor"):  # cursor: what programs of other servers send for after
        key = request.args.get(f"{prefix}{word}")
        if key is not None:
            return Position(key, is_before=word == "before", is_strict=is_strict)
    return None


def local_path(target: str | None) -> str | None:
    """Return ``target`` when it leads to a page of this server, else ``None``.

    Browsers read ``//host`` and ``/\\host`` as another server, and drop tabs and line ends inside.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    return None if any(character in target for character in "\\\t\r\n") else target
