"""Programs that tests start beside themselves."""

import subprocess
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running(command, environment, **options):
    """Run a program in a session of its own until the block ends; one that does not end within 30 s is killed."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
