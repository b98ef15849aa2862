"""Databoard: a data-challenge server in the RAMP tradition."""

__version__ = "0.6.0.dev0"
