"""Start web server and workers of this machine again, without a failed request or job. Called by `fab restart`."""

from typing import TYPE_CHECKING

from databoard.ops import keeper_status
from databoard.ops.publish import draining

if TYPE_CHECKING:
    from config import Config

#: The new web server must answer within so many seconds.
WITHIN_S = 120


def restart(config: "Config", service: str = "") -> list[str]:
    """Start ``web``, ``worker`` or, by default, both again; return what was done.

    Requests that run come to their end, and workers finish their job first.

    Raises
    ------
    RuleError
        If no keeper runs, or the new web server does not start: then the old one stays.
    """
    lines = []
    if service != "worker":
        release = keeper_status.change_release(config.home, within_s=WITHIN_S, is_web_only=service == "web")
        lines.append(f"The web server of release {release} has started again.")
    if service != "web":
        # Those of the keeper heard it already: a second signal would take their jobs away.
        n_drained = draining.drain_kept(config, with_keeper=service == "worker")
        others = "" if service else ", besides those of the same keeper"
        lines.append(f"Workers that finish their job and start again: {n_drained}{others}.")
    return lines
