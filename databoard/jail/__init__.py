"""Run untrusted code under limits, report what happened.

Only ``runner`` calls this room. It knows processes, descriptors and bytes; not submissions, folds or kits.
``docs/security.md`` says what is promised and what is not.
"""

from databoard.jail.channel import Channel, open_again
from databoard.jail.checking import CheckReport, Layer, check, level
from databoard.jail.log import strip_controls
from databoard.jail.orphans import end_orphans
from databoard.jail.report import BadOutput, ChannelClosed, Interpreter, JailReport, Limits, Verdict
from databoard.jail.sealed import SealedFile
from databoard.jail.supervisor import run

__all__ = [
    "BadOutput",
    "Channel",
    "ChannelClosed",
    "CheckReport",
    "Interpreter",
    "JailReport",
    "Layer",
    "Limits",
    "SealedFile",
    "Verdict",
    "check",
    "end_orphans",
    "level",
    "open_again",
    "run",
    "strip_controls",
]
