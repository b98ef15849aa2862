"""The folders of a target, and how a command is run in one of its releases.

::

    <path>/
        releases/<name>/     code, release.json, .venv
        environments/<hash>/ packages, hard-linked into the .venv of each release that asks for the same
        shared/              databoard.env, home/ (DATABOARD_HOME), problems/ (DATABOARD_PROBLEMS), incoming/
        current              a link to the release that is served
"""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """Paths below the folder of a target, as text: the folder may be on another machine."""

    path: str

    @property
    def releases(self) -> str:
        return f"{self.path}/releases"

    @property
    def environments(self) -> str:
        return f"{self.path}/environments"

    @property
    def shared(self) -> str:
        return f"{self.path}/shared"

    @property
    def env_file(self) -> str:
        return f"{self.shared}/databoard.env"

    @property
    def home(self) -> str:
        return f"{self.shared}/home"

    @property
    def problems(self) -> str:
        return f"{self.shared}/problems"

    @property
    def incoming(self) -> str:
        return f"{self.shared}/incoming"

    @property
    def current(self) -> str:
        return f"{self.path}/current"

    @property
    def lock(self) -> str:
        return f"{self.path}/publishing.lock"

    def release(self, name: str) -> str:
        return f"{self.releases}/{name}"

    def in_release(self, folder: str, *words: str, **settings: str) -> str:
        """Return the shell command that runs `words` with the Python of the release in `folder`.

        The link is resolved first: a program keeps to the release that it began with.
        """
        settings = {"DATABOARD_ENV_FILE": self.env_file, **settings}
        variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in settings.items())
        return f"cd -P {shlex.quote(folder)} && exec env {variables} .venv/bin/python {shlex.join(words)}"

    def step(self, folder: str, *words: str, **settings: str) -> str:
        """Return the shell command of a step of `on_target`."""
        return self.in_release(folder, "-m", "databoard.ops.publish.on_target", *words, **settings)
