"""A plain socket, for requests that no library sends."""

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from urllib.parse import urlsplit

_PATIENCE_SECONDS = 20
_BETWEEN_BYTES_SECONDS = 0.02


class RawClient:
    """One connection to a board."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = parts.netloc
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=_PATIENCE_SECONDS)

    def send(self, text: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(text)

    def request(self, line: str, *headers: str, body: bytes = b"") -> None:
        """Send a request line with Host and these headers, and a body."""
        head = "".join(f"{one}\r\n" for one in (f"{line} HTTP/1.1", f"Host: {self.host}", *headers))
        self.send(head.encode() + b"\r\n" + body)

    def trickle(self, text: bytes, then: bytes) -> bytes:
        """Send a byte now and then, the last one without end, until there is an answer; all of the answer."""
        for byte in chain(text, repeat(then[0])):
            if select.select([self.socket], [], [], _BETWEEN_BYTES_SECONDS)[0]:
                return self.rest()
            self.send(bytes([byte]))
        raise AssertionError

    def until(self, end: bytes) -> bytes:
        """What comes, up to an end that is awaited."""
        found = b""
        while end not in found:
            part = self.socket.recv(65536)
            assert part, found
            found += part
        return found

    def rest(self) -> bytes:
        """What comes until the server ends the connection; a reset is an end."""
        found = b""
        try:
            while part := self.socket.recv(65536):
                found += part
        except ConnectionResetError:
            pass
        return found

    def close(self) -> None:
        """End the connection."""
        self.socket.close()


@contextmanager
def raw_client(url: str) -> Iterator[RawClient]:
    """A connection, closed at the end."""
    client = RawClient(url)
    try:
        yield client
    finally:
        client.close()
