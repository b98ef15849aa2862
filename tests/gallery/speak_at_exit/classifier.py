"""Answer again when the program ends: atexit, destructors, threads and a pipe that closes."""

import atexit
import contextlib
import os
import stat
import sys
import threading

import numpy as np

FRAME = b"ERROR 2\n{}"


def speak():
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                os.write(int(name), FRAME)
    print("LEAK: the last word")


class Talker:
    def __del__(self):
        speak()


class Stream:
    """A standard output that speaks when it is flushed for the last time."""

    def __init__(self, stream):
        self.stream = stream

    def write(self, text):
        return self.stream.write(text)

    def flush(self):
        self.stream.flush()
        if sys._getframe(1).f_code.co_name == "_run":
            speak()


class Classifier:
    def fit(self, X, y):
        atexit.register(speak)
        sys.modules["databoard.talker"] = Talker()
        sys.stdout = Stream(sys.stdout)
        main = threading.main_thread()

        def wait():
            main.join()
            speak()

        threading.Thread(target=wait, daemon=False).start()

    def predict_proba(self, X):
        return np.full((len(X), 3), 1 / 3)
