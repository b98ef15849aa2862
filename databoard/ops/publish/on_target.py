"""The steps of a publication that run on the target, in the code and the environment of a release.

    python -m databoard.ops.publish.on_target STEP [WORDS]

A step prints its answer on standard output, as one line of JSON or a plain word. What it refuses is one line on
standard error and exit code 1. Releases of different ages call each other's steps, so their names and words stay.
"""

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config import Config


def newest_revision() -> str:
    """Return the newest revision of the database that this code knows; there must be one head."""
    from databoard.ops.publish import migration_check

    return migration_check.only_head()


def check_settings() -> str:
    """Check the settings as the web server does."""
    settings = _settings()
    settings.web_hosts()
    return settings.environment


def check_migration() -> str:
    """Try the migration on the real data without keeping anything."""
    from databoard.ops.publish import migration_check

    return json.dumps(asdict(migration_check.check(_settings())))


def migrate(revision: str) -> str:
    """Bring the database up to `revision`, or back to it; ``empty`` is one without tables."""
    from databoard.ops.publish import migration_check

    return migration_check.move(_settings(), revision)


def trial(problem_name: str) -> str:
    """Run the starting kit of a problem of this release through the jail."""
    from databoard.ops.publish import trial_run

    return trial_run.require_trained(_settings(), problem_name)


def change_release(within_s: str) -> str:
    """Let the running services serve the current release; return its name."""
    from databoard.ops import keeper_status

    return keeper_status.change_release(_settings().home, within_s=float(within_s))


def served_release() -> str:
    """Return the release that the running services serve; nothing when none run."""
    from databoard.ops import keeper_status

    status = keeper_status.read(_settings().home)
    return status.release if status else ""


def await_ready(release: str, within_s: str) -> str:
    """Wait until the health check answers 200 in the name of `release`."""
    from databoard.ops.publish import ready

    return ready.await_ready(_settings(), release, within_s=float(within_s))


def drain_workers() -> str:
    """Let the workers of other releases finish their job and end; return how many were asked."""
    from databoard.ops.publish import draining

    return str(draining.drain_others(_settings()))


def prepare_kit(name: str) -> str:
    """Prepare the data of a kit; return its version."""
    from databoard.ops.publish import kit_switch

    return kit_switch.prepare(_settings(), name=name)


def switch_kit(name: str, folder: str) -> str:
    """Put the checked kit in `folder` in the place of the one that is served."""
    from databoard.ops.publish import kit_switch

    return kit_switch.switch(_settings(), name=name, folder=folder)


STEPS = {
    step.__name__.replace("_", "-"): step
    for step in (
        newest_revision,
        check_settings,
        check_migration,
        migrate,
        trial,
        change_release,
        served_release,
        await_ready,
        drain_workers,
        prepare_kit,
        switch_kit,
    )
}


def main(words: list[str]) -> int:
    """Run a step; return the exit code."""
    import config
    from databoard.errors import DataboardError

    if not words or words[0] not in STEPS:
        print(f"Expected one of {', '.join(STEPS)}; got {' '.join(words) or 'nothing'}.", file=sys.stderr)
        return 2
    try:
        print(STEPS[words[0]](*words[1:]), flush=True)
    except (config.SettingError, DataboardError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _settings() -> "Config":
    import config

    return config.load()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
