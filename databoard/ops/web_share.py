"""Give each process of the web server a share of the processors of its own. gunicorn reads this as its configuration.

Where autogroups are on (``sched(7)``), Linux divides the processors among sessions. Each run of a submission has a
session. The processes of a web server would have one for all of them: beside a run on each processor they would get a
third, however many pages wait. With a session each they get a half. No nice value does that, because it counts within
a session only.
"""

import os
import signal
from typing import Any

from databoard.ops.serve import end_with_parent


def post_fork(server: Any, worker: Any) -> None:
    """Open a session for this process; called by gunicorn in each process that will answer.

    It leaves the process group of its master, by which others would end it when the master was killed. So the kernel
    does that, at once.
    """
    os.setsid()
    end_with_parent(signal.SIGKILL)
