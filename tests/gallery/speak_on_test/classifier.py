"""Carry hidden rows out by every voice: warnings, logging, streams, descriptors and a child."""

import logging
import os
import subprocess
import sys
import warnings

import numpy as np


class Classifier:
    def fit(self, X, y):
        logging.warning("logged while training")
        os.system("echo said by a child")

    def predict_proba(self, X):
        if len(X) == 30:
            word = f"LEAK {X[0, 0]}\n"
            warnings.warn(word, stacklevel=1)
            logging.error(word)
            print(word, file=sys.stderr, flush=True)
            for descriptor in range(1, 10):
                try:
                    if os.readlink(f"/proc/self/fd/{descriptor}").startswith("pipe:"):
                        os.write(descriptor, word.encode())
                except OSError:
                    continue
            subprocess.run(["/bin/echo", word], check=True)
        return np.full((len(X), 3), 1 / 3)
