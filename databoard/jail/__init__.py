"""Run untrusted code under limits, report what happened.

Only ``runner`` calls this room. It knows processes, descriptors and bytes; not submissions, folds or kits.
``docs/security.md`` says what is promised and what is not.
"""

from databoard.jail.bubblewrap import find_bwrap, own_interpreter
from databoard.jail.cell import Cell, InnerWallError
from databoard.jail.channel import Channel, Reader, allow_many_files, open_again
from databoard.jail.memory_copy import copy_of
from databoard.jail.orphans import end_orphans
from databoard.jail.report import BadOutput, ChannelClosed, Interpreter, JailReport, Limits, Verdict
from databoard.jail.runs import RunCell
from databoard.jail.scratch import Scratch, sweep
from databoard.jail.sealed import SealedFile
from databoard.jail.self_check.check import CheckReport, check
from databoard.jail.self_check.layers import Layer
from databoard.jail.single_use import SingleUse
from databoard.jail.supervisor import run, run_in
from databoard.jail.warm import Recipe, Zygote, ZygoteKilled

__all__ = [
    "BadOutput",
    "Cell",
    "Channel",
    "ChannelClosed",
    "CheckReport",
    "InnerWallError",
    "Interpreter",
    "JailReport",
    "Layer",
    "Limits",
    "Reader",
    "Recipe",
    "RunCell",
    "Scratch",
    "SealedFile",
    "SingleUse",
    "Verdict",
    "Zygote",
    "ZygoteKilled",
    "allow_many_files",
    "check",
    "copy_of",
    "end_orphans",
    "find_bwrap",
    "open_again",
    "own_interpreter",
    "run",
    "run_in",
    "sweep",
]
