"""Engines that stay from test to test, so that no statement is compiled twice. Each test has its own database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event, make_url

from databoard.services.base.database import make_engine


class SharedEngine:
    """An engine whose connections go to the database of the moment."""

    def __init__(self, engine: Engine):
        self.engine, self._url = engine, engine.url
        event.listen(engine, "do_connect", self._connect)
        engine.dialect.dispatch.do_connect.listeners.rotate(1)  # first: the others know only the first URL

    @contextmanager
    def at(self, url: str) -> Iterator[Engine]:
        """Connect to this database until the block ends."""
        self._url = make_url(url)
        try:
            yield self.engine
        finally:
            self.engine.dispose()

    def _connect(self, dialect, record, arguments, options):
        arguments, options = dialect.create_connect_args(self._url)
        return dialect.connect(*arguments, **options)


class SharedEngines:
    """One engine for each kind of database, prepared as in production."""

    def __init__(self):
        self._by_kind: dict[str, SharedEngine] = {}

    def at(self, url: str):
        """Return a block in which the engine of this kind connects to this database."""
        kind = make_url(url).get_backend_name()
        if kind not in self._by_kind:
            self._by_kind[kind] = SharedEngine(make_engine(url))
        return self._by_kind[kind].at(url)
