"""Attacks that a layer of the cells stops, and honest code, where user namespaces do not nest.

All of the gallery runs so by ``python tools/jail_layers.py --layers nesting``.
"""

import pytest

from databoard.runner import Runner
from tests.gallery import test_gallery as gallery

CASES = (
    *("fill_inodes", "leave_in_device_times", "move_counters"),  # what single use does not stop
    *(
        "break_namespaces",
        "fork_chain",
        "hunt_other_runs",
        "hunt_privileges",
        "interrupt_init",
        "leave_in_kit",
    ),
    *("leave_kernel_objects", "raise_limits", "talk_by_sockets", "talk_by_terminals", "write_sparse_file"),
    *("honest_groups", "honest_pool", "honest_shared_memory"),
)


@pytest.fixture(scope="module")
def level_b_runner(tmp_path_factory, without_nesting):
    """A runner whose zygotes hold capabilities."""
    with (
        without_nesting.refused(),
        Runner(home=tmp_path_factory.mktemp("home"), jail_mode="bubblewrap", n_parallel=2) as runner,
    ):
        yield runner


@pytest.mark.parametrize("case", CASES)
def test_it_ends_as_at_level_a(case, level_b_runner, iris, small, task_of, server_paths):
    gallery.test_a_submission_ends_as_expected(case, level_b_runner, iris, small, task_of, server_paths)


def test_scores_are_those_of_level_a_to_the_last_digit(level_b_runner, runner, task_of):
    task = task_of(gallery.read("honest_plain")[0], n_folds=2)
    assert level_b_runner.score(task, level_b_runner.train_test(task)) == runner.score(
        task, runner.train_test(task)
    )
