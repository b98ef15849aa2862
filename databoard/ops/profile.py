"""Serve with a profiler in front. Called by ``fab profile``; one process, for a developer's eyes only."""

import sys
from typing import TYPE_CHECKING, TextIO

from databoard.ops import guard
from databoard.ops.serve import wait_for_port
from databoard.services.base.database import open_database

if TYPE_CHECKING:
    from flask import Flask

    from config import Config


def serve_profiled(
    app: "Flask", config: "Config", *, port: int | None, profiling_file: str, n_restrictions: int = 30
) -> None:
    """Serve until Ctrl-C; after each request print its 30 slowest calls, and write them to `profiling_file`.

    Raises
    ------
    RuleError
        If the database is not at this code's revision, or the port is in use.
    """
    from werkzeug.middleware.profiler import ProfilerMiddleware
    from werkzeug.serving import run_simple

    with open_database(config) as database:
        guard.require_ready(config, database.engine)
    port = port or config.port
    wait_for_port(config.host, port, within_s=0)
    with open(profiling_file, "a", encoding="utf-8") as log:
        profiled = ProfilerMiddleware(
            app.wsgi_app,
            _Both(sys.stdout, log),  # type: ignore[arg-type]  # all that it calls is write
            restrictions=(n_restrictions,),
        )
        app.wsgi_app = profiled  # type: ignore[method-assign]  # as Flask documents it
        print(
            f"Profiling at http://{config.host}:{port}/ into {profiling_file} (Ctrl-C ends it).", flush=True
        )
        run_simple(config.host, port, app, use_reloader=False, use_debugger=False)


class _Both:
    """Writes to two streams."""

    def __init__(self, *streams: TextIO) -> None:
        self._streams = streams

    def write(self, text: str) -> int:
        for stream in self._streams:
            stream.write(text)
            stream.flush()
        return len(text)

    def flush(self) -> None:
        for stream in self._streams:
            stream.flush()
