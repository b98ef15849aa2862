"""No label too many, and no secret, reaches a Dask worker."""

import pickle
from pathlib import Path

import numpy as np

from databoard import kits
from tests.dask_cluster import HOSTS


def test_nothing_sent_to_a_worker_holds_a_label_too_many_or_a_secret(far, task_of, marked, all_hosts):
    far.train_test(task_of())
    y, y_test = kits.train_data(marked)[1], kits.test_data(marked)[1]
    messages, reached = (b"\0".join(map(all_hosts.received, HOSTS)), everything_that_reached(all_hosts))
    assert found(y[:80], messages) == 80  # in training rows of some fold: the scan can see labels
    assert b"class Regressor" in messages
    assert found(y[80:], reached) == 0  # validated in every fold, trained on in none
    assert found(y_test, reached) == 0
    for secret in (b"the-secret-key-of-the-server-8c1e", b"password-77f0", b"DATABOARD_SECRET_KEY"):
        assert secret not in reached


def test_the_labels_that_a_worker_keeps_are_those_of_the_training_rows_of_one_fold(
    far, task_of, marked, all_hosts
):
    far.train_test(task_of())
    y, n_found = kits.train_data(marked)[1], 0
    for host in HOSTS:
        for path in all_hosts.inputs(host).values():
            content = pickle.loads(path.read_bytes())
            if isinstance(content, tuple):
                labels, train_is, _ = content
                n_found += 1
                assert set(labels) == set(y[train_is]) and np.array_equal(labels[train_is], y[train_is])
    assert n_found >= 4


def everything_that_reached(cluster):
    """Return messages, cached files and environments of all workers as bytes."""
    pieces = [cluster.received(host) for host in HOSTS]
    pieces += [path.read_bytes() for host in HOSTS for path in cluster.inputs(host).values()]
    pieces += [Path(f"/proc/{worker.pid}/environ").read_bytes() for worker in cluster.workers.values()]
    return b"\0".join(pieces)


def found(labels, reached):
    """Count the numbers that are somewhere in these bytes."""
    return sum(np.float64(label).tobytes() in reached for label in labels)
