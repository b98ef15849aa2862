"""Wait until the web server of this machine answers in the name of a release. Called by `on_target`."""

import json
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from databoard.errors import RuleError

if TYPE_CHECKING:
    from config import Config

#: Answers one after the other: for a moment an old process may still take requests.
N_ANSWERS = 5


def await_ready(config: "Config", release: str, *, within_s: float) -> str:
    """Ask the health check until it answers 200 as `release` several times one after the other.

    Raises
    ------
    RuleError
        With the last answer, when it does not within `within_s`.
    """
    host = "127.0.0.1" if config.host in {"0.0.0.0", "::", ""} else config.host  # noqa: S104
    url = f"http://{f'[{host}]' if ':' in host else host}:{config.port}/healthcheck/ready"
    deadline_s, n_right, said = time.monotonic() + within_s, 0, "nothing"
    while n_right < N_ANSWERS:
        is_right, said = _ask(url, release)
        n_right = n_right + 1 if is_right else 0
        if not is_right:
            if time.monotonic() > deadline_s:
                raise RuleError(f"Expected {url} to answer as {release} within {within_s:g} s, got {said}.")
            time.sleep(0.2)
    return said


def _ask(url: str, release: str) -> tuple[bool, str]:
    """Return whether the answer is right, and the answer."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (our own server)
            facts = json.load(answer)
    except urllib.error.HTTPError as error:
        return False, f"status {error.code}"
    except (OSError, ValueError) as error:
        return False, str(error)
    return facts.get("release") == release, f"release {facts.get('release')!r}"
