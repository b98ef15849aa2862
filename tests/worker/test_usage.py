"""What a worker uses: its own processes, all descendants and nobody else."""

import os

import pytest

from databoard.worker import usage
from databoard.worker.usage import Meter


@pytest.fixture
def proc(tmp_path):
    """A /proc: 10 is the parent of 11, that of 12; 20 is somebody else."""

    def process(pid, parent, ticks, pages):
        words = [str(parent), *["0"] * 9, str(ticks), "0", *["0"] * 8, str(pages)]
        (tmp_path / str(pid)).mkdir(exist_ok=True)
        (tmp_path / str(pid) / "stat").write_text(f"{pid} (a) b) S {' '.join(words)}")

    for pid, parent in ((10, 1), (11, 10), (12, 11), (20, 1)):
        process(pid, parent, 100, 3)
    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemAvailable: 80 kB\nHugePages_Total: 0\n")
    return tmp_path


def test_a_process_is_measured_with_its_descendants(proc):
    page, tick = os.sysconf("SC_PAGE_SIZE"), 1 / os.sysconf("SC_CLK_TCK")
    used = usage.tree_usage(10, proc)
    assert (used.rss_bytes, used.cpu_s) == (9 * page, pytest.approx(300 * tick))


def test_what_is_used_of_the_machine_is_a_share(proc):
    assert usage.memory_used(proc) == pytest.approx(0.92)
    assert usage.memory_used(proc / "nowhere") is None
    assert usage.disk_used(proc / "nowhere") is None


def test_this_process_has_memory_and_a_share_of_a_core():
    meter = Meter(os.getpid())
    rss_bytes, first = meter.measure()
    assert rss_bytes > 10 << 20 and first is None
    sum(range(10**6))
    assert meter.measure()[1] >= 0
