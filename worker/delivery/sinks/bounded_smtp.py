"""An SMTP session that ends at one instant.

smtplib bounds each step: a server that sends a byte now and then, or line upon line, could stretch a session
without end.
"""

import smtplib
import socket
import ssl
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

from worker.delivery.routing import SmtpSettings


class BoundedSmtp(smtplib.SMTP):
    """A session of one exchange; at the instant the connection is shut down, whatever it is at."""

    def __init__(self, settings: SmtpSettings, tls: ssl.SSLContext, give_up_at: float) -> None:
        """Connect, with TLS from the start where the settings say so.

        Args:
            give_up_at: on the monotonic clock.

        Raises:
            OSError: no connection, or no greeting of a mail server.
        """
        self._give_up_at = give_up_at
        self._tls_at_once = tls if settings.security == "tls" else None
        self._watchdog: threading.Timer | None = None
        self._watched: socket.socket | None = None
        # The sender's domain, since smtplib would look for our name in the DNS, for as long as that takes.
        own_name = settings.sender.partition("@")[2]
        try:
            super().__init__(settings.host, settings.port, own_name, timeout=_left(give_up_at))
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Whatever the server answers to the goodbye, it has answered about the letter before."""
        with suppress(OSError):
            self.quit()
        self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._watchdog is not None:
            self._watchdog.cancel()
            self._watchdog.join()
        if self._watched is not None:
            self._watched.close()
        super().close()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        self.sock = _connect(host, port, self._give_up_at)
        # Another handle of the connection: a TLS handshake takes the first one away.
        self._watched = self.sock.dup()
        self._watchdog = threading.Timer(_left(self._give_up_at), _shut_down, (self._watched,))
        self._watchdog.daemon = True
        self._watchdog.start()
        if self._tls_at_once is None:
            return self.sock
        return self._tls_at_once.wrap_socket(self.sock, server_hostname=host)

    def __enter__(self) -> Self:
        return self


def _connect(host: str, port: int, give_up_at: float) -> socket.socket:
    """Each of the host's addresses gets its share of the time: the first may answer nothing."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for place, (*_, address) in enumerate(found, 1):
        share = _left(give_up_at) / (len(found) - place + 1)
        try:
            connection = socket.create_connection((str(address[0]), port), share)
        except OSError:
            if place == len(found):
                raise
        else:
            connection.settimeout(_left(give_up_at))
            return connection
    raise OSError("the host has no address")


def _shut_down(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _left(give_up_at: float) -> float:
    left = give_up_at - time.monotonic()
    if left <= 0:
        raise TimeoutError("the server did not answer in time")
    return left
