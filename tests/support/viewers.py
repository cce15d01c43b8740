"""Viewers of a board's stream on plain sockets: some read every event, some never read at all."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from tests.support.waiting import wait_until

_PATIENCE_SECONDS: Final = 20.0
_SMALL_BUFFER: Final = 2048


class StreamEvent(NamedTuple):
    """One server-sent event."""

    name: str
    document: Any


class Viewer:
    """Reads a stream until it ends.

    Attributes:
        events: those that have come, oldest first.
        comments: how many lines came that are none of an event.
        has_ended: whether the board has closed the stream.
    """

    def __init__(self, url: str, address: str = "/stream", **headers: str) -> None:
        """Open it."""
        self.events: list[StreamEvent] = []
        self.comments = 0
        self.has_ended = False
        self._socket = _asked(url, address, headers)
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def of(self, name: str) -> list[Any]:
        """What the events of this name carried, oldest first."""
        return [event.document for event in [*self.events] if event.name == name]

    def shows(self, text: str) -> bool:
        """Whether the newest board has this text in it."""
        boards = self.of("board")
        return bool(boards) and text in boards[-1]["html"]

    def next_beat(self) -> Any:
        """Wait for a beat that has not come yet."""
        before = len(self.of("beat"))
        assert wait_until(lambda: len(self.of("beat")) > before, _PATIENCE_SECONDS)
        return self.of("beat")[before]

    def close(self) -> None:
        """End it from this side."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _read(self) -> None:
        name = ""
        with suppress(OSError), self._socket.makefile("rb") as lines:
            for line in lines:
                if line.startswith(b"event: "):
                    name = line[7:].strip().decode()
                elif line.startswith(b"data: "):
                    self.events.append(StreamEvent(name, json.loads(line[6:])))
                elif line.startswith(b":"):
                    self.comments += 1
        self.has_ended = True


class SilentViewer:
    """Asks for a stream and never reads a byte of it."""

    def __init__(self, url: str, address: str = "/stream") -> None:
        """Open it, with little room for what the board sends."""
        self._socket = _asked(url, address, {}, receive_buffer=_SMALL_BUFFER)

    def is_cut(self) -> bool:
        """Read all that was left unread; whether the board has ended the stream behind it."""
        self._socket.settimeout(1.0)
        try:
            while self._socket.recv(1 << 20):
                pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """End it from this side."""
        self._socket.close()


@contextmanager
def viewers(url: str, number: int, address: str = "/stream") -> Iterator[list[Viewer]]:
    """So many viewers, each of which has been shown a board."""
    with ExitStack() as clean_up:
        found = []
        for _ in range(number):
            found.append(Viewer(url, address))
            clean_up.callback(found[-1].close)
        assert wait_until(lambda: all(viewer.of("board") for viewer in found), _PATIENCE_SECONDS)
        yield found


@contextmanager
def silent_viewers(url: str, number: int, address: str = "/stream") -> Iterator[list[SilentViewer]]:
    """So many viewers who read nothing."""
    with ExitStack() as clean_up:
        found = []
        for _ in range(number):
            found.append(SilentViewer(url, address))
            clean_up.callback(found[-1].close)
        yield found


def _asked(
    url: str, address: str, headers: dict[str, str], *, receive_buffer: int | None = None
) -> socket.socket:
    parts = urlsplit(url)
    asking = socket.socket()
    if receive_buffer is not None:
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    asking.connect((parts.hostname or "", parts.port or 80))
    # An answer to this version is not cut into chunks, and its end is the end of the connection.
    lines = [f"GET {address} HTTP/1.0", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    asking.sendall("\r\n".join([*lines, "", ""]).encode())
    return asking
