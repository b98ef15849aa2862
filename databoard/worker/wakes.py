"""Hear what the web and other workers announce, and wake the lanes that wait for it. Started by `training`.

While it hears, lanes that find nothing to do rest longer. When it cannot hear, they look at the queue as often as
without it; so a lost word costs one rest.
"""

import logging
import os
import threading
from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session, sessionmaker

from databoard.services.queue import wake
from databoard.services.queue.wake import Topic
from databoard.worker.lane import Lane, Pace

#: Between two tries to listen.
PACE = Pace(2.0, max_s=300.0)
logger = logging.getLogger("databoard.worker")


class WakeThread(Lane):
    """Wake lanes until the block ends.

    Parameters
    ----------
    sessions : sessionmaker
        On the database where words are announced.
    wakes : dict of Topic to callable
        What wakes the lane of a topic.
    hears : threading.Event
        Set while words are heard; lanes read it.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        wakes: Mapping[Topic, Callable[[], None]],
        *,
        hears: threading.Event,
    ):
        failure = "no wake-up is heard; the lanes look at the queue by themselves"
        super().__init__(
            "wakes", self._listen, PACE, logger=logger, failure=failure, interrupt=self._interrupt_wait
        )
        self._sessions, self._wakes, self._hears = sessions, wakes, hears
        self._stop, self._stop_written = os.pipe()

    def __exit__(self, *raised: object) -> None:
        super().__exit__(*raised)
        os.close(self._stop)
        os.close(self._stop_written)

    def _interrupt_wait(self) -> None:
        os.write(self._stop_written, b"+")

    def _listen(self) -> None:
        """Listen until the block ends, or the connection is lost."""
        with wake.listening(self._sessions) as listener:
            if listener is None:
                return
            try:
                self._hears.set()
                self._wake(set(Topic))  # words may have been lost before
                while topics := listener.wait(self._stop):
                    self._wake(topics)
            finally:
                self._hears.clear()

    def _wake(self, topics: set[Topic]) -> None:
        for topic in topics:
            self._wakes[topic]()
