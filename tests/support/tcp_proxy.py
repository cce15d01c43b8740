"""A network between two programs that can go silent while every socket stays open."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class TcpProxy:
    """Forwards bytes to the host and port of a URL.

    Attributes:
        url: for the clients, without a slash at the end.
    """

    def __init__(self, target_url: str) -> None:
        parts = urlsplit(target_url)
        self._target = (parts.hostname or "", parts.port or 80)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"{parts.scheme}://127.0.0.1:{self._listening.getsockname()[1]}"
        self._forwards = threading.Event()
        self._forwards.set()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def go_silent(self) -> None:
        """Take what either side sends, and new connections too, and pass nothing on."""
        self._forwards.clear()

    def revive(self) -> None:
        """Pass on what was held back, and forward again."""
        self._forwards.set()

    def close(self) -> None:
        """Cut everything."""
        for one in (self._listening, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._forwards.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._target)
                self._open |= {client, server}
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while sent := source.recv(65536):
                self._forwards.wait()
                sink.sendall(sent)
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def tcp_proxy(target_url: str) -> Iterator[TcpProxy]:
    """A proxy for the length of the block."""
    proxy = TcpProxy(target_url)
    try:
        yield proxy
    finally:
        proxy.close()
