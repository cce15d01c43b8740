"""A proxy between worker and store that forwards everything and records the commits as they were sent."""

import socket
import threading
from collections.abc import Sequence
from typing import Any, Final, Self
from urllib.parse import urlsplit, urlunsplit

import hiredis

Command = list[bytes]

_COMMITS: Final = {b"EVALSHA", b"EVAL", b"FCALL"}
_SCRIPTS: Final = {b"SCRIPT", b"FUNCTION"}
_OURS: Final = b"{custody:"
_CHUNK: Final = 1 << 16


def packed(command: Sequence[bytes]) -> bytes:
    """A command in the wire protocol."""
    parts = b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in command)
    return b"*%d\r\n%b" % (len(command), parts)


class CommitRecorder:
    """A proxy for the store on a separate port.

    Attributes:
        url: the store's URL through this proxy.
        scripts: the commands that loaded scripts.
    """

    def __init__(self, store_url: str) -> None:
        parts = urlsplit(store_url)
        self._store = (parts.hostname or "127.0.0.1", parts.port or 6379)
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        login, _, _ = parts.netloc.rpartition("@")
        self.url = urlunsplit(
            parts._replace(netloc=f"{login}@127.0.0.1:{port}" if login else f"127.0.0.1:{port}")
        )
        self.scripts: list[Command] = []
        self._commits: list[Command] = []
        self._guard = threading.Lock()
        self._open: list[socket.socket] = [self._listening]
        threading.Thread(target=self._accept, name="recorder", daemon=True).start()

    def recorded(self) -> list[Command]:
        """The commits since the last call, in order of arrival."""
        with self._guard:
            recorded, self._commits = self._commits, []
            return recorded

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._store)
            except OSError:
                return
            for connection in (client, server):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open += [client, server]
            for source, target, reader in ((client, server, hiredis.Reader()), (server, client, None)):
                threading.Thread(target=self._pump, args=(source, target, reader), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, reader: Any) -> None:
        try:
            while chunk := source.recv(_CHUNK):
                target.sendall(chunk)
                if reader is not None:
                    self._note(reader, chunk)
        except OSError:
            pass
        finally:
            # Closing both also ends the other direction.
            for connection in (source, target):
                connection.close()

    def _note(self, reader: Any, chunk: bytes) -> None:
        """Requests have the wire format of a list of strings, so the reply parser can read them."""
        reader.feed(chunk)
        while (command := reader.gets()) is not False:
            name = command[0].upper()
            with self._guard:
                if name in _SCRIPTS and b"LOAD" in (part.upper() for part in command[1:3]):
                    self.scripts.append(command)
                elif name in _COMMITS and any(part.startswith(_OURS) for part in command[3:]):
                    self._commits.append(command)
