"""How many jobs a second pass through the queue: claimed, finished, recorded, on SQLite and PostgreSQL.

    python tools/bench/queue_rates.py                       1, 4 and 16 worker processes on both databases
    python tools/bench/queue_rates.py --database sqlite --workers 1 4
    python tools/bench/queue_rates.py --quick               small, to see that it works

The workers are processes that call the services as a worker does, without any training, until the queue is empty.
*Finish* claims a job and ends it. *Record* claims a job, starts it and records the scores of its submission. A round
empties one queue of 160 jobs of 40 teams a way; all ways take turns. Then one process claims from queues of 200, 2,000
and 20,000 jobs.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import delete, select  # noqa: E402
from sqlalchemy.orm import Session, sessionmaker  # noqa: E402

from databoard.clock import utc_now  # noqa: E402
from databoard.forecasting.rules import QueueRules  # noqa: E402
from databoard.models import EventTeam, Job, Submission, Team  # noqa: E402
from databoard.services.base.database import open_engine, session_factory, transaction  # noqa: E402
from databoard.services.base.files import FileStore  # noqa: E402
from databoard.services.queue import jobs  # noqa: E402
from databoard.services.queue.order import QUEUED_STEPS  # noqa: E402
from databoard.services.results import recording  # noqa: E402
from databoard.states import JobState, SubmissionState  # noqa: E402
from tools.bench import course, crowd, databases, measuring, new_results  # noqa: E402
from tools.bench.course import Course  # noqa: E402
from tools.bench.measuring import Spread  # noqa: E402
