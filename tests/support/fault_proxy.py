"""A proxy in front of a real Valkey that makes it fail as servers and networks fail."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from typing import BinaryIO, Final
from urllib.parse import urlsplit, urlunsplit

_LINE_ONLY: Final = b"+-:_,#("
_TEXT: Final = b"$=!"
_MANY: Final = b"*~>"


class Fault(Enum):
    """What is wrong with the network, or with the machine."""

    FROZEN = auto()  # nothing is answered as long as it lasts; then it goes on where it was
    HALF_OPEN = auto()  # the connections that there are never answer again; new ones work
    REFUSED = auto()  # all connections are cut, and none is accepted


class FaultProxy:
    """Forwards command by command.

    Attributes:
        url: for clients; database and all else as in the server's URL.
    """

    def __init__(self, server_url: str) -> None:
        parts = urlsplit(server_url)
        self._server = (parts.hostname or "", parts.port or 6379)
        self._listening = self._listen(0)
        self._port = self._listening.getsockname()[1]
        credentials = parts.netloc.rpartition("@")[0]
        place = f"127.0.0.1:{self._port}"
        self.url = urlunsplit(parts._replace(netloc=f"{credentials}@{place}" if credentials else place))
        self._error: bytes | None = None
        self._fault: Fault | None = None
        self._may_go_on = threading.Event()
        self._may_go_on.set()
        self._open: set[socket.socket] = set()
        self._dead: set[socket.socket] = set()
        self._lock = threading.Lock()

    @contextmanager
    def fault(self, fault: Fault | str) -> Iterator[None]:
        """The fault, for the length of the block; a text is the error reply to every command."""
        if isinstance(fault, str):
            self._error = f"-{fault}\r\n".encode()
        else:
            self._fault = fault
            self._begin(fault)
        try:
            yield
        finally:
            self._error = self._fault = None
            self._may_go_on.set()
            if fault is Fault.REFUSED:
                self._listening = self._listen(self._port)

    def close(self) -> None:
        """Cut everything."""
        self._may_go_on.set()
        self._cut()

    def _begin(self, fault: Fault) -> None:
        if fault is Fault.FROZEN:
            self._may_go_on.clear()
        elif fault is Fault.HALF_OPEN:
            with self._lock:
                self._dead |= self._open
        else:
            self._cut()

    def _cut(self) -> None:
        with self._lock:
            for one in (self._listening, *self._open):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()

    def _listen(self, port: int) -> socket.socket:
        listening = socket.create_server(("127.0.0.1", port), reuse_port=True)
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()
        return listening

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError, EOFError), socket.create_connection(self._server) as server:
            with self._lock:
                self._open |= {client, server}
            try:
                self._forward(client, server)
            finally:
                with self._lock:
                    self._open -= {client, server}

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        asks, answers = client.makefile("rb"), server.makefile("rb")
        while True:
            command = _read(asks)
            self._may_go_on.wait()
            if client in self._dead:
                continue
            if self._error:
                client.sendall(self._error)
                continue
            server.sendall(command)
            if b"SUBSCRIBE\r\n" in command[:40].upper():
                # From here on the server sends whenever it likes.
                threading.Thread(target=_pump, args=(server, client), daemon=True).start()
                _pump(client, server)
                return
            answer = _read(answers)
            self._may_go_on.wait()
            if client not in self._dead:
                client.sendall(answer)


def _read(stream: BinaryIO) -> bytes:
    """One command or one answer, whole.

    Raises:
        EOFError: the other side has ended.
    """
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise EOFError
    kind, count = line[:1], line[1:-2]
    if kind in _LINE_ONLY or count == b"-1":
        return line
    if kind in _TEXT:
        return line + stream.read(int(count) + 2)
    parts = int(count) * (1 if kind in _MANY else 2)
    return line + b"".join(_read(stream) for _ in range(parts))


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while sent := source.recv(65536):
            target.sendall(sent)
        target.shutdown(socket.SHUT_RDWR)
