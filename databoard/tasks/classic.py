"""The classic notation of Fabric 1, ``task:value,name=value``, rewritten into that of Fabric 3.

``fab add_event:iris_test,force=True`` becomes ``fab add-event --event=iris_test --force``. Several tasks may stand
in one call, ``\\,`` is a comma inside a value, underscores and dashes mean the same in names of tasks and arguments.
Called by the fabfile while it is loaded; knows Fabric's tasks only by their signatures.
"""

import inspect
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

#: Names that the original server used, and what they are called here.
SHORT_NAMES = {"e": "event", "t": "team", "s": "submission", "u": "user"}
TRUE, FALSE = {"true", "1", "yes", "y", "on"}, {"false", "0", "no", "n", "off", ""}


class UsageError(ValueError):
    """The command line cannot be understood; the text is one line."""


@dataclass(frozen=True)
class Parameters:
    """What a task takes: its arguments in order with their defaults, and who takes what else is given.

    `rest` takes all values that are left, `pairs` every ``name=value`` whose name is of no argument.
    """

    defaults: dict[str, object]
    rest: str | None = None
    pairs: str | None = None

    @classmethod
    def of(
        cls, body: Callable[..., object], rest: str | None = None, pairs: str | None = None
    ) -> "Parameters":
        signature = list(inspect.signature(body).parameters.values())[1:]  # the first is Fabric's context
        return cls({p.name: None if p.default is p.empty else p.default for p in signature}, rest, pairs)


def parse_bool(text: str) -> bool:
    """Return what `text` says; the word False is false."""
    word = text.strip().lower()
    if word not in TRUE | FALSE:
        raise UsageError(f"expected True or False, got {text!r}")
    return word in TRUE


def parse_words(text: str) -> list[str]:
    """Return the words of a list with commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def parse_pairs(text: str) -> dict[str, str]:
    """Return the values by name of ``name=value,name=value``; a comma behind a backslash belongs to a value."""
    pairs = [pair.partition("=") for pair in _split(text)]
    if bad := [name for name, equals, _ in pairs if not equals or not name.strip()]:
        raise UsageError(f"expected name=value, got {bad[0]!r}")
    return {name.strip(): value.strip() for name, _, value in pairs}


def parse_number(text: str) -> float:
    """Return a number; ``inf`` is one."""
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"expected a number or inf, got {text!r}") from None


def parse_day(text: str) -> date:
    """Return a day, written as 2026-12-01."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"expected a day such as 2026-12-01, got {text!r}") from None


def translate(tokens: Sequence[str], tasks: Mapping[str, Parameters]) -> list[str]:
    """Return `tokens` with every classic call rewritten and every task name with dashes.

    Parameters
    ----------
    tokens : sequence of str
        What stands after ``fab`` and its own options.
    tasks : mapping
        Parameters by task name, with dashes.

    Raises
    ------
    UsageError
        On an unknown task or argument, or a value too many.
    """
    rewritten: list[str] = []
    for place, token in enumerate(tokens):
        if token == "--":  # noqa: S105 (no password)
            return rewritten + list(tokens[place:])
        name, colon, arguments = token.partition(":")
        dashed = name.replace("_", "-")
        if dashed in tasks and not token.startswith("-"):
            rewritten.append(dashed)
            if colon:
                rewritten += _flags(dashed, _split(arguments), tasks[dashed])
        elif (place == 0 and not token.startswith("-")) or (
            colon and re.fullmatch(r"[a-z]+(_[a-z]+)+", name)
        ):
            raise UsageError(f"there is no task {name!r}; fab --list shows them all")
        else:
            rewritten.append(_dashed_flag(token))
    return rewritten


def sent_elsewhere(tokens: Sequence[str], tasks: Mapping[str, Parameters], *, through: str) -> list[str]:
    """Return `tokens` with each call that names a target, of a task that knows none, handed to the task `through`.

    ``add_event:iris_test,target=test`` becomes ``run-on --target=test --words=add_event:iris_test``.
    """
    calls: list[list[str]] = []
    for token in tokens:
        is_task = token.partition(":")[0].replace("_", "-") in tasks and not token.startswith("-")
        if is_task or not calls:
            calls.append([token])
        else:
            calls[-1].append(token)
    return [word for call in calls for word in _sent(call, tasks, through)]


def _sent(call: list[str], tasks: Mapping[str, Parameters], through: str) -> list[str]:
    name, _, arguments = call[0].partition(":")
    parameters = tasks.get(name.replace("_", "-"))
    if parameters is None or "target" in parameters.defaults:
        return call
    values = re.split(r"(?<!\\),", arguments)
    target = [value.partition("=")[2] for value in values if value.startswith("target=")]
    left = [value for value in values if not value.startswith("target=")]
    words, rest = [f"{name}:{','.join(left)}" if left and left != [""] else name], call[1:]
    while rest:
        word = rest.pop(0)
        if word == "--target" and rest:
            target.append(rest.pop(0))
        elif word.startswith("--target="):
            target.append(word.partition("=")[2])
        else:
            words.append(word)
    if not target:
        return call
    return [through, f"--target={target[-1]}", f"--words={shlex.join(words)}"]


def _dashed_flag(token: str) -> str:
    if not token.startswith("--"):
        return token
    name, equals, value = token.partition("=")
    return f"{name.replace('_', '-')}{equals}{value}"


def _split(arguments: str) -> list[str]:
    """Split at commas; a comma behind a backslash belongs to the value."""
    parts = re.split(r"(?<!\\),", arguments)
    return [part.replace("\\,", ",") for part in parts] if arguments else []


def _flags(task: str, values: list[str], parameters: Parameters) -> list[str]:
    names = list(parameters.defaults)
    given: dict[str, str] = {}
    rest: list[str] = []
    pairs: list[str] = []
    for value in values:
        name, equals, text = value.partition("=")
        name = SHORT_NAMES.get(name, name).replace("-", "_")
        if equals and name.isidentifier():
            if name not in parameters.defaults and parameters.pairs:
                pairs.append(f"{name}={text}".replace(",", "\\,"))
                continue
            if name not in parameters.defaults:
                raise UsageError(f"{task} takes no argument {name!r}; it takes: {', '.join(names) or 'none'}")
            given[name] = text
            continue
        free = [name for name in names if name not in given and name != parameters.rest]
        if free:
            given[free[0]] = value
        elif parameters.rest:
            rest.append(value)
        else:
            raise UsageError(f"{task} takes {len(names)} arguments at most: {', '.join(names) or 'none'}")
    if rest and parameters.rest is not None:
        given[parameters.rest] = ",".join(rest)
    if pairs and parameters.pairs is not None:
        given[parameters.pairs] = ",".join(pairs)
    return [
        _flag(task, name, text, parameters.defaults[name])
        for name, text in given.items()
        if not (text == "None" and not parameters.defaults[name])
        and not (parameters.defaults[name] is False and not _bool(task, name, text))
    ]


def _flag(task: str, name: str, text: str, default: object) -> str:
    flag = f"--{name.replace('_', '-')}"
    return flag if default is False else f"{flag}={text}"


def _bool(task: str, name: str, text: str) -> bool:
    try:
        return parse_bool(text)
    except UsageError as error:
        raise UsageError(f"{task}: {name}: {error}") from None
