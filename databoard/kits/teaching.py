"""Read the section ``[teaching]`` of ``events/<event>.toml``: a text and links for the participants of an event."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from databoard.errors import KitError

_MAX_TEXT, _MAX_TITLE, _MAX_URL = 20_000, 200, 2_000  # characters
_MAX_MATERIALS = 100
_KEYS = {"text", "materials"}
_MATERIAL_KEYS = {"title", "url"}


@dataclass(frozen=True)
class Material:
    """A link for participants: slides, a paper, a recording."""

    title: str
    url: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True)
class Teaching:
    """What an event file has for participants; ``text`` is Markdown."""

    text: str = ""
    materials: tuple[Material, ...] = ()


def read_teaching(table: Any, where: str) -> Teaching:
    """Return the section ``[teaching]`` of the event file that messages call ``where``; ``None`` is none.

    Raises
    ------
    KitError
        If a key is unknown, a value is of a wrong type or too long, or an address is not of the web.
    """
    if table is None:
        return Teaching()
    where = f"{where}, [teaching]"
    if not isinstance(table, dict):
        raise KitError(f"{where}: teaching should be a table. Begin it with a line [teaching].")
    _refuse_unknown(table, _KEYS, where)
    text, materials = table.get("text", ""), table.get("materials", [])
    _require_text(text, "text", _MAX_TEXT, where)
    if not isinstance(materials, list) or len(materials) > _MAX_MATERIALS:
        raise KitError(f"{where}: materials should be a list of at most {_MAX_MATERIALS} links.")
    return Teaching(text, tuple(_material(each, f"{where}, link {i}") for i, each in enumerate(materials, 1)))


def _material(table: Any, where: str) -> Material:
    if not isinstance(table, dict) or not set(table) >= _MATERIAL_KEYS:
        raise KitError(f'{where}: materials should be such as {{title = "Slides", url = "https://…"}}.')
    _refuse_unknown(table, _MATERIAL_KEYS, where)
    title, url = table["title"], table["url"]
    _require_text(title, "title", _MAX_TITLE, where)
    _require_text(url, "url", _MAX_URL, where)
    if not title.strip() or not title.isprintable():
        raise KitError(f"{where}: title should be one line of text, got {title!r}.")
    if not _is_web_address(url):
        raise KitError(f"{where}: url should begin with https:// or http:// and a host, got {url!r}.")
    return Material(title.strip(), url)


def _is_web_address(url: str) -> bool:
    """Tell whether this is the plain address of a page; a user name in it can hide the host."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.username is None
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"} and has_host and url.isprintable() and not set(url) & set(' "<>\\')
    )


def _require_text(value: Any, key: str, most: int, where: str) -> None:
    if not isinstance(value, str) or len(value) > most:
        got = f"{len(value)} characters" if isinstance(value, str) else repr(value)
        raise KitError(f"{where}: {key} should be a text of at most {most:,} characters, got {got}.")


def _refuse_unknown(table: "dict[str, Any]", known: "set[str]", where: str) -> None:
    for key in table:
        if key not in known:
            raise KitError(f"{where}: unknown key {key!r}. Known keys: {', '.join(sorted(known))}.")
