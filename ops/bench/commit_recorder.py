"""Stands between the worker and the store, passes everything on, and keeps the commits as they were sent."""

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
    """A command as it travels."""
    parts = b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in command)
    return b"*%d\r\n%b" % (len(command), parts)


class CommitRecorder:
    """A proxy of the store on a port of its own.

    Attributes:
        url: the store's URL by way of this proxy.
        scripts: the commands that loaded the scripts.
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

    def take(self) -> list[Command]:
        """The commits since the last call, in the order in which they came."""
        with self._guard:
            taken, self._commits = self._commits, []
            return taken

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
            # The other direction ends with this one.
            for connection in (source, target):
                connection.close()

    def _note(self, reader: Any, chunk: bytes) -> None:
        """A request has the form of an answer that is a list of strings, so the answers' parser reads it."""
        reader.feed(chunk)
        while (command := reader.gets()) is not False:
            name = command[0].upper()
            with self._guard:
                if name in _SCRIPTS and b"LOAD" in (part.upper() for part in command[1:3]):
                    self.scripts.append(command)
                elif name in _COMMITS and any(part.startswith(_OURS) for part in command[3:]):
                    self._commits.append(command)
