"""A preload for Dask workers of tests: every byte that reaches this process over a connection goes to a file, too."""

import os

from tornado.iostream import IOStream


def dask_setup(worker):
    """Begin to write down; Dask calls it before the worker connects to anything."""
    file = os.open(os.environ["RECORDED_TO"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    read = IOStream.read_from_fd

    def read_and_write_down(stream, buffer):
        n_bytes = read(stream, buffer)
        if n_bytes:
            os.write(file, memoryview(buffer)[:n_bytes])
        return n_bytes

    IOStream.read_from_fd = read_and_write_down
