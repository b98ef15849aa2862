"""Share an array between two processes."""

import multiprocessing
from multiprocessing import shared_memory

import numpy as np
from sklearn.linear_model import LogisticRegression


def double(name, shape):
    memory = shared_memory.SharedMemory(name=name)
    np.ndarray(shape, buffer=memory.buf)[:] *= 2
    memory.close()


class Classifier:
    def fit(self, X, y):
        X = np.asarray(X, dtype=float)
        memory = shared_memory.SharedMemory(create=True, size=X.nbytes)
        shared = np.ndarray(X.shape, buffer=memory.buf)
        shared[:] = X / 2
        process = multiprocessing.get_context("fork").Process(target=double, args=(memory.name, X.shape))
        process.start()
        process.join()
        self.model = LogisticRegression(max_iter=1000).fit(shared.copy(), y)
        del shared
        memory.close()
        memory.unlink()

    def predict_proba(self, X):
        return self.model.predict_proba(np.asarray(X))
