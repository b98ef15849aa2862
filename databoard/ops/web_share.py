"""What the processes of the web server do when they start and end. gunicorn reads this as its configuration.

They count requests in one folder (`process_counts`), and each has a share of the processors of its own.

Where autogroups are on (``sched(7)``), Linux divides the processors among sessions. Each run of a submission has a
session. The processes of a web server would have one for all of them: beside a run on each processor they would get a
third, however many pages wait. With a session each they get a half. No nice value does that, because it counts within
a session only.
"""

import os
import signal
from typing import Any

from databoard.ops import process_counts
from databoard.ops.serve import end_with_parent


def on_starting(server: Any) -> None:
    """Make the folder in which all processes of this server count; called by gunicorn before it starts them."""
    import config

    process_counts.join(config.load().home, os.getpid())


def child_exit(server: Any, worker: Any) -> None:
    """Keep the counts of a process that ended, also of one that was killed; called by gunicorn."""
    process_counts.collect(worker.pid)


def post_fork(server: Any, worker: Any) -> None:
    """Open a session for this process; called by gunicorn in each process that will answer.

    It leaves the process group of its master, by which others would end it when the master was killed. So the kernel
    does that, at once.
    """
    os.setsid()
    end_with_parent(signal.SIGKILL)
