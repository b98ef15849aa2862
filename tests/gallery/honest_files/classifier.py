"""SQLite in memory, a memory-mapped array, archives, copies with their times and modes, links, the home folder."""

import os
import shutil
import sqlite3
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression


class Classifier:
    def fit(self, X, y):
        with sqlite3.connect(":memory:") as database:
            database.execute("create table losses (epoch integer, loss real)")
            database.executemany("insert into losses values (?, ?)", [(1, 0.5), (2, 0.25)])
            assert database.execute("select min(loss) from losses").fetchone() == (0.25,)
        self.path = Path(tempfile.mkdtemp(), "X.dat")
        mapped = np.memmap(self.path, dtype=float, mode="w+", shape=X.shape)
        mapped[:] = X
        mapped.flush()
        np.save("X.npy", mapped)
        with zipfile.ZipFile("X.zip", "w") as archive:
            archive.write("X.npy")
        shutil.unpack_archive("X.zip", "unpacked")
        shutil.copy2("unpacked/X.npy", Path.home() / "X.npy")
        os.utime("X.npy", (0, 0))
        os.chmod("X.npy", 0o600)
        os.symlink("X.npy", "link.npy")
        assert os.stat("link.npy").st_mtime == 0 and sorted(os.listdir("unpacked")) == ["X.npy"]
        self.model = LogisticRegression(max_iter=1000).fit(np.load("link.npy", mmap_mode="r"), y)

    def predict_proba(self, X):
        return self.model.predict_proba(np.asarray(X))
