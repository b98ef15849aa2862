"""What the benchmarks share: turns, spreads, fitted growth, tables, and a load that follows HTTP."""

import socket
import threading
from contextlib import contextmanager

import pytest

from tools.bench import measuring
from tools.bench.http_answer import Answer
from tools.bench.http_load import Load, get
from tools.bench.measuring import Spread


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_the_fitted_exponent_is_that_of_the_cost(power):
    costs = [3.0 * n**power for n in measuring.SIZES]
    assert measuring.exponent(measuring.SIZES, costs) == pytest.approx(power)
    assert measuring.growth(measuring.SIZES, costs) == f"n^{power:.2f}"


def test_one_size_has_no_growth():
    assert measuring.growth([200], [1.0]) == "–"
    assert measuring.growth([200, 2000], [1.0, 0.0]) == "–"


def test_the_spread_is_median_and_quartiles():
    assert Spread.of([5.0, 1.0, 3.0, 2.0, 4.0]) == Spread(median=3.0, low=2.0, high=4.0, n=5)
    assert Spread.of([0.5]).text(1, scale=1000) == "500.0"
    assert Spread.of([1000.0, 3000.0]).text(0) == "2,000 (1,500–2,500)"


def test_the_percentile_is_a_value_that_so_many_do_not_exceed():
    values = list(range(1, 101))
    assert [measuring.percentile(values, share) for share in (0.5, 0.95, 1.0)] == [50, 95, 100]


def test_ways_take_turns_and_every_second_round_runs_backwards():
    called = []
    ways = {name: lambda name=name: called.append(name) or float(len(called)) for name in "abc"}
    found = measuring.in_turns(ways, rounds=2)
    assert called == ["a", "b", "c", "c", "b", "a"]
    assert found == {"a": [1.0, 6.0], "b": [2.0, 5.0], "c": [3.0, 4.0]}
    assert measuring.ratios(found["c"], found["a"]).n == 2


def test_a_table_is_markdown():
    assert measuring.table(["a", "b"], [["c", 1]]) == "| a | b |\n|---|--:|\n| c | 1 |"


CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na,0\r\n\r\n1a;x=y\r\n"
    + b"x" * 26
    + b"\r\n0\r\n\r\n"
)
ANSWERS = {
    b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody": (200, 4),
    b"HTTP/1.1 304 NOT MODIFIED\r\nETag: x\r\n\r\n": (304, 0),
    CHUNKED: (200, 31),
}


@pytest.mark.parametrize("text", ANSWERS)
@pytest.mark.parametrize("n_at_once", [1, 7, 1000])
def test_an_answer_is_whole_after_its_last_byte_and_not_before(text, n_at_once):
    answer, wholes = Answer(), []
    for start in range(0, len(text), n_at_once):
        answer.feed(memoryview(text)[start : start + n_at_once])
        wholes.append(answer.is_whole)
    assert wholes == [False] * (len(wholes) - 1) + [True]
    assert (answer.status, answer.n_bytes) == ANSWERS[text]


@contextmanager
def server(answers):
    """Yield the port of a server that gives each connection these answers, then closes it; and a count of answers."""
    n_given = threading.Semaphore(0)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:  # the test is over
                    return
                with connection:
                    for answer in answers:
                        if not connection.recv(4096):
                            break
                        connection.sendall(answer)
                        n_given.release()

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1], n_given


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_a_load_asks_again_until_it_is_stopped_and_reopens_what_is_closed():
    with server([OK, OK, OK]) as (port, n_given), Load(port) as load:
        load.start([get("/")], n_connections=1, seconds=600, pause_s=0.001)
        for _ in range(7):
            n_given.acquire()
        load.stop()
        found = load.result()
    n = len(found.latencies_s)
    assert found.statuses == {"200": n} and set(found.sizes_bytes) == {2} and n >= 7
    assert found.n_other_than(200) == 0


def test_a_load_asks_once_on_each_connection():
    with server([OK]) as (port, _), Load(port) as load:
        assert load.run([get("/")], n_connections=3).statuses == {"200": 3}


@pytest.mark.parametrize("answers", [[], [OK[:-1]], [b"HTTP/1.1 500 NO\r\nContent-Length: 0\r\n\r\n"]])
def test_a_load_counts_what_is_lost_and_what_has_another_status(answers):
    with server(answers) as (port, _), Load(port) as load:
        found = load.run([get("/")])
    assert found.n_other_than(200) == 1
