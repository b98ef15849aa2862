"""Threads, pools of threads, an event loop and a timer signal."""

import asyncio
import concurrent.futures
import signal
import threading

import numpy as np
from sklearn.linear_model import LogisticRegression


class Classifier:
    def fit(self, X, y):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            models = pool.map(
                lambda C: LogisticRegression(C=C, max_iter=1000).fit(X, y), (0.25, 0.5, 1.0, 2.0)
            )
            self.models = list(models)
        rang = threading.Event()
        signal.signal(signal.SIGALRM, lambda *_: rang.set())
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        asyncio.run(self.listen())
        assert rang.wait(5)

    async def listen(self):
        process = await asyncio.create_subprocess_exec("echo", "hello", stdout=asyncio.subprocess.PIPE)
        assert (await process.communicate())[0] == b"hello\n"

    def predict_proba(self, X):
        return np.mean([model.predict_proba(X) for model in self.models], axis=0)
