"""Follow the bytes of an HTTP answer to its end: a length, chunks, or a closed connection. Called by `http_load`."""


class Answer:
    """Follows the bytes of one answer without keeping its body."""

    def __init__(self) -> None:
        self.status, self.n_bytes, self.is_whole, self.is_last = 0, 0, False, False
        self._head = bytearray()
        self._left: int | None = None  # bytes of the body, or of the present chunk with its line end
        self._is_chunked = self._is_last_chunk = False
        self._line = bytearray()

    def feed(self, received: memoryview) -> None:
        """Take what came."""
        if not self.status:
            self._head += received
            head, end, rest = bytes(self._head).partition(b"\r\n\r\n")
            if not end:
                return
            self._read_head(head.decode("latin-1"))
            received = memoryview(rest)
        if self._is_chunked:
            self._feed_chunks(received)
        elif self._left is not None:
            self._left -= len(received)
            self.n_bytes += len(received)
            self.is_whole = self._left <= 0
        else:
            self.n_bytes += len(received)  # until the server closes the connection

    def end(self) -> None:
        """Note that the server closed the connection; without a length that ends the body."""
        self.is_whole = self.is_whole or (bool(self.status) and self._left is None and not self._is_chunked)
        self.is_last = True

    def _read_head(self, head: str) -> None:
        first, *lines = head.split("\r\n")
        self.status = int(first.split(" ", 2)[1])
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
        }
        self._is_chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        self.is_last = headers.get("connection", "").lower() == "close"
        if self.status in (204, 304):
            self._is_chunked, self._left = False, 0
        elif "content-length" in headers:
            self._left = int(headers["content-length"])

    def _feed_chunks(self, received: memoryview) -> None:
        """Skip whole chunks: a line with their length, so many bytes and a line end; the last has length 0."""
        while len(received):
            if self._left:
                n = min(self._left, len(received))
                self._left -= n
                self.is_whole = self._is_last_chunk and not self._left
                received = received[n:]
                continue
            line, end, _ = bytes(received[:100]).partition(b"\n")
            self._line += line + end
            received = received[len(line) + len(end) :]
            if end:
                length, self._line = int(self._line.split(b";")[0], 16), bytearray()
                self.n_bytes += length
                self._left, self._is_last_chunk = length + 2, length == 0
