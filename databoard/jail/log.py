"""Keep the first and the last part of an endless stream of output.

Untrusted code may print for ever. Everything is read, so that an honest program never blocks on a full
pipe, but only ``keep_bytes`` stay in memory.
"""

from databoard.plain_text import strip_controls


class BoundedLog:
    """Head and tail of a stream of bytes.

    Attributes
    ----------
    total_bytes : int
        Everything that came, kept or not.
    """

    def __init__(self, keep_bytes: int) -> None:
        self._half = max(keep_bytes // 2, 1)
        self._head, self._tail = bytearray(), bytearray()
        self._left_out = 0
        self._is_kept = True
        self.total_bytes = 0

    def add(self, data: bytes) -> None:
        """Take in the next bytes of the stream."""
        self.total_bytes += len(data)
        if not self._is_kept:
            return
        room = max(self._half - len(self._head), 0)
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * self._half:
            self._cut()

    def stop_keeping(self) -> None:
        """Keep what came so far; count but forget what comes from now on."""
        self._is_kept = False

    def text(self) -> str:
        """Return the kept output as clean text, with a line that tells how much is missing."""
        self._cut()
        gap = f"\n[… {self._left_out:,} bytes left out …]\n".encode() if self._left_out else b""
        return strip_controls((bytes(self._head) + gap + bytes(self._tail)).decode("utf-8", "replace"))

    def _cut(self) -> None:
        excess = max(len(self._tail) - self._half, 0)
        self._left_out += excess
        del self._tail[:excess]
