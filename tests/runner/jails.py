"""What tests of warm jails ask of a runner, and submissions that keep it busy."""

import time


def jails_of(runner):
    return runner.engine.jails


def quiet(jails):
    """End the thread that makes spares: nothing happens from here on but what the test does."""
    jails._wishes.put(None)
    jails._helper.join()
    return jails


def zygotes_of(runner):
    return [warm.zygote for warm in jails_of(runner)._warm.values()]


SLEEPER = b"import time\nclass Classifier:\n    def fit(self, X, y):\n        time.sleep(10**6)\n"


def raising(error):
    """Return a call that raises."""

    def call(*_, **__):
        raise error

    return call


def until(is_so):
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)
