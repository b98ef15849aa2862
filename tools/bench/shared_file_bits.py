"""How many bits one submission can hand to the next through the files that both see: senders and readers of our own.

    python tools/bench/shared_file_bits.py [number of bits, 1000 by default]

*Pages*: for each bit the sender reads one of two files; the reader looks which of the two costs it a major fault. The
attacker may choose the files: among all that a run is shown, those that nobody reads go first. They are dropped from
memory before the worker of the two starts, where the kernel lets us. *Names*: for each bit that is set the sender
looks for a file that does not exist; the reader takes the time of the same look. 50 % is chance.
"""

import contextlib
import functools
import os
import random
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from databoard import kits  # noqa: E402
from databoard.runner import Limits, Runner, TrainingTask  # noqa: E402
from tools.bench import measuring  # noqa: E402

COMMON = """
import mmap, os, resource, sys, zlib
RARE = ("/usr/share/doc", "/usr/include", "/usr/share/man", "/usr/share/locale", "/usr/lib/python3/")

def pairs(n):
    found = []
    for top in ("/usr", "/srv", "/etc", sys.prefix, sys.base_prefix):
        for folder, _, names in os.walk(top):
            found += [os.path.join(folder, name) for name in names]
    plain = [path for path in found if os.path.isfile(path) and os.path.getsize(path) >= 4096]
    plain.sort(key=lambda path: (not path.startswith(RARE), zlib.crc32(path.encode())))
    return list(zip(plain[: 2 * n : 2], plain[1 : 2 * n : 2]))

def touch(path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_majflt
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as view:
        view.madvise(mmap.MADV_RANDOM)
        view[:1]
    return resource.getrusage(resource.RUSAGE_SELF).ru_majflt > before
"""
MODEL = """
class Classifier:
    def fit(self, X, y):
        from sklearn.linear_model import LogisticRegression
        {act}
        self.model = LogisticRegression(max_iter=1000).fit(X, y)
    def predict_proba(self, X):
        return self.model.predict_proba(X)
"""
LIST = 'print("FILES", *(path.encode().hex() for pair in pairs({n}) for path in pair))'
SEND = '[touch(pair[int(bit)]) for pair, bit in zip(pairs({n}), "{bits}")]'
LOOK = """import sys, time
        def look(name):
            began = time.perf_counter_ns()
            os.path.exists(f"{{sys.prefix}}/lib/{seed}-{{name}}")
            return time.perf_counter_ns() - began
        [look(f"other-{{n}}") for n in range(500)]
        """
SEND_NAMES = LOOK + '[look(n) for n, bit in enumerate("{bits}") if bit == "1"]'
READ_NAMES = (
    LOOK
    + """times = [look(n) for n in range({n})]
        middle = sorted(times)[{n} // 2]
        print("BITS " + "".join(str(int(time < middle)) for time in times))"""
)
READ = 'print("BITS " + "".join({{(1, 0): "1", (0, 1): "0"}}.get((touch(a), touch(b)), "?") for a, b in pairs({n})))'


def main(n_bits: int) -> None:
    """Let one worker list the files; drop them; let another run sender and reader; count."""
    command = [sys.executable, __file__, str(n_bits)]
    listed = subprocess.run([*command, "list"], capture_output=True, text=True, check=True).stdout.split()
    files = [bytes.fromhex(word).decode() for word in listed[listed.index("FILES") + 1 :]]
    n_dropped = sum(map(drop, files))
    generator = random.Random(1)  # noqa: S311
    bits = "".join(generator.choice("01") for _ in range(n_bits))
    words = {"n": n_bits, "bits": bits, "seed": secrets.token_hex(8)}
    print(f"{len(files)} files, {n_dropped} dropped; {n_bits} bits")
    with worker() as run:
        for way, send, read in (("pages", SEND, READ), ("names", SEND_NAMES, READ_NAMES)):
            run(send.format(**words))
            (told,) = re.findall(r"BITS ([01?]*)", run(read.format(**words)))
            n_seen = sum(a == b for a, b in zip(bits, told, strict=False))
            n_guessed = told.count("?") + n_bits - len(told)
            share = (n_seen + n_guessed / 2) / n_bits
            print(
                f"{way}: {n_seen} read right, {n_guessed} not to be seen; recovered with guesses {share:.1%}"
            )


@contextlib.contextmanager
def worker() -> Iterator[Callable[[str], str]]:
    """Yield what runs a submission on iris, one fold at a time, and returns what it printed."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        kit_path = Path(folder) / "iris"
        shutil.copytree(ROOT / "problems" / "iris", kit_path, ignore=shutil.ignore_patterns("data"))
        kits.prepare(kit_path)
        with Runner(home=Path(folder) / "home", jail_mode="bubblewrap", n_parallel=1) as runner:
            yield functools.partial(printed, runner, kits.load(kit_path))


def printed(runner: Runner, kit: kits.Kit, act: str) -> str:
    """Run a submission that does something in fit; return what it printed."""
    limits = Limits(log_bytes=1 << 20)
    scores = tuple((score.name, score.name) for score in kit.score_types)
    files = {"classifier.py": (COMMON + MODEL.format(act=act)).encode()}
    task = TrainingTask(kit.path, kit.version, kits.folds(kit)[:1], files, limits, scores, scores[0][0])
    (run,) = runner.train_test(task)
    if run.state != "tested":
        raise SystemExit(f"{run.message}\n{run.trace}")
    return run.log


def drop(path: str) -> bool:
    """Take a file's pages from memory where nobody maps them."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)
    return True


if __name__ == "__main__":
    if sys.argv[-1] == "list":
        with worker() as run:
            print(run(LIST.format(n=sys.argv[1])))
    else:
        main(*measuring.numbers(__doc__, bits=1000))
