"""A plain socket, for servers that misbehave as no library lets them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def raw_server(*lines: bytes, trickle: bytes = b"", closes: bool = False) -> Iterator[int]:
    """The port of a server that says these lines, one at each of its client's.

    After them it says nothing, or a trickle without end, or closes the connection.
    """
    ending = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            while not ending.is_set():
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    for place, line in enumerate(lines):
                        if place:
                            connection.recv(4096)
                        connection.sendall(line)
                    if closes:
                        connection.recv(4096)
                        continue
                    while not ending.wait(0.02):
                        if trickle:
                            connection.sendall(trickle)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        ending.set()
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()
