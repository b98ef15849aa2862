"""Look for shared files that do not lie in memory: to read one is a bit that a later run sees in its major faults."""

import mmap
import os
import resource
import sys
import zlib

from sklearn.linear_model import LogisticRegression

N_FILES = 1000
SHOWN = ("/usr", "/etc", "/srv", sys.prefix, sys.base_prefix)


def shared_files():
    found = []
    for top in SHOWN:
        for folder, _, names in os.walk(top):
            found += [os.path.join(folder, name) for name in names]
    plain = [path for path in found if os.path.isfile(path) and os.path.getsize(path) >= mmap.PAGESIZE]
    return sorted(plain, key=lambda path: zlib.crc32(path.encode()))[:N_FILES]


def n_major_faults(path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_majflt
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as view:
        assert len(view[: mmap.PAGESIZE]) == mmap.PAGESIZE
    return resource.getrusage(resource.RUSAGE_SELF).ru_majflt - before


class Classifier:
    def fit(self, X, y):
        files = shared_files()
        cold = [path for path in files if n_major_faults(path)]
        if len(files) < N_FILES or cold:
            raise RuntimeError(f"LEAK: {len(cold)} of {len(files)} shared files were not in memory")
        self.model = LogisticRegression(max_iter=1000).fit(X, y)

    def predict_proba(self, X):
        return self.model.predict_proba(X)
