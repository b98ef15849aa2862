"""Questions to kits without a cold start: each program is forked from a Python that has read the libraries.

A process that asks a kit spends nine tenths of its time with reading pandas and scikit-learn, and tests ask hundreds
of times. Here it is still a process of its own, with variables, folder, input and output of its own. It imports
databoard and the kit itself: the Python that it is forked from holds libraries only.

``python -I warm_python.py DESCRIPTOR`` is that Python; `WarmPython` starts it and asks it.
"""

import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile

#: What the kits of the tests import.
LIBRARIES = (
    "pandas",
    "scipy.stats",
    "sklearn.datasets",
    "sklearn.ensemble",
    "sklearn.metrics",
    "sklearn.model_selection",
)
MAX_BYTES = 2**16


class WarmPython:
    """Starts programs warm; the Python that it forks them from starts with the first."""

    def __init__(self):
        self._channel = self._process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process is not None:
            self._channel.close()
            self._process.wait()

    def run(self, command, *, input, env, cwd, timeout, **options):
        """Run ``[sys.executable, "-I", path]`` as `subprocess.run` does; any other command is left to it."""
        if command[:2] != [sys.executable, "-I"]:
            return subprocess.run(command, input=input, env=env, cwd=cwd, timeout=timeout, **options)
        with (
            tempfile.TemporaryFile() as stdin,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            stdin.write(input.encode())
            stdin.seek(0)
            code = self._ask({"path": command[2], "env": env, "cwd": str(cwd)}, (stdin, out, err), timeout)
            return subprocess.CompletedProcess(command, code, read(out), read(err))

    def _ask(self, question, files, timeout):
        if self._process is None:
            self._start()
        ours, theirs = socket.socketpair()
        with ours, ours.makefile() as answers:
            with theirs:
                descriptors = [theirs.fileno(), *(file.fileno() for file in files)]
                socket.send_fds(self._channel, [json.dumps(question).encode()], descriptors)
            ours.settimeout(timeout)
            pid = int(answers.readline())
            try:
                return int(answers.readline())
            except TimeoutError as error:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(question["path"], timeout) from error

    def _start(self):
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-I", __file__, str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], start_new_session=True)


def read(file):
    file.seek(0)
    return file.read().decode(errors="replace")


def serve(channel):
    """Fork a keeper for each question until the other side has closed the channel."""
    while (received := socket.recv_fds(channel, MAX_BYTES, 4))[0]:
        question, descriptors, *_ = received
        if os.fork() == 0:
            channel.close()
            return keep(json.loads(question), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def keep(question, answers, *streams):
    """Fork the program; tell its process id, and its exit code when it has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        os.close(answers)
        return be(streams, **question)
    os.write(answers, f"{pid}\n".encode())
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.write(answers, f"{code}\n".encode())
    os._exit(0)


def be(streams, path, env, cwd):
    """Be the program."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = [path]
    runpy.run_path(path, run_name="__main__")


if __name__ == "__main__":
    for name in LIBRARIES:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    serve(socket.socket(fileno=int(sys.argv[1])))
