"""Engines that run folds: shaped like ``concurrent.futures``, so that one can take another's place."""

from databoard.runner.executors.local import LocalExecutor

__all__ = ["LocalExecutor"]
