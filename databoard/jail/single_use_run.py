"""Inside a jail of its own: warm up, wait for the inputs, run once. For machines where walls do not nest.

The counterpart of ``zygote`` with one wall instead of two: ``inside`` starts this module with every limit and filter
of a run in place; the other side is ``single_use``.
"""

import importlib
import json
import mmap
import os
import socket


def main(channel: socket.socket, inputs: tuple[int, ...]) -> None:
    """Do what the module needs beforehand, then wait for the inputs of the one run."""
    with mmap.mmap(inputs[0], 0, prot=mmap.PROT_READ) as view:
        settings = json.loads(bytes(view))
    module = importlib.import_module(settings["module"])
    context = module.warm(inputs[1:], tuple(settings["preload"]))
    for descriptor in inputs:
        os.close(descriptor)
    message, own, _, _ = socket.recv_fds(channel, 1, 8)
    if message:
        module.run(context, channel, tuple(own))
