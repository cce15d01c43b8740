"""One HTTP exchange with an address that may be sent to, for so long at most, whatever the receiver does.

httpcore2 is httpx2's own transport. It follows no redirect, keeps no cookie and reads no proxy from the
environment, and lets us say which address the socket goes to.
"""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any, NamedTuple, TypeAlias

import httpcore2

from worker.delivery.sinks.allowed_address import resolve

Network: TypeAlias = IPv4Network | IPv6Network


class HttpAnswer(NamedTuple):
    """The status of an answer, and its `Retry-After`. Nothing else of it is read."""

    status: int
    retry_after: str | None


@dataclass(frozen=True, slots=True)
class GuardedHttp:
    """How a receiver is reached.

    Attributes:
        seconds: how long the whole exchange may take.
        allowed: the private network that the receiver may be in.
    """

    tls: ssl.SSLContext
    seconds: float
    allowed: Network | None = None

    def exchange(
        self, method: str, url: str, headers: Mapping[bytes | str, bytes | str], content: bytes = b""
    ) -> HttpAnswer:
        """Send one request.

        Raises:
            OSError, httpcore2.NetworkError, httpcore2.ProtocolError: there is no answer.
        """
        backend = _PinnedBackend(self.allowed, time.monotonic() + self.seconds)
        with (
            httpcore2.ConnectionPool(ssl_context=self.tls, network_backend=backend) as pool,
            pool.stream(method, url, headers=dict(headers), content=content) as response,
        ):
            return HttpAnswer(response.status, _retry_after(response.headers))


def _retry_after(headers: list[tuple[bytes, bytes]]) -> str | None:
    return next((value.decode("latin-1") for key, value in headers if key.lower() == b"retry-after"), None)


class _PinnedBackend(httpcore2.NetworkBackend):
    """Connects to the address that was checked, and gives the whole exchange until one instant."""

    def __init__(self, allowed: Network | None, give_up_at: float) -> None:
        self._allowed = allowed
        self._give_up_at = give_up_at
        self._inner: Any = httpcore2.SyncBackend()

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.NetworkStream:
        address = resolve(host, port, self._allowed)
        stream = self._inner.connect_tcp(address, port, timeout=_left(self._give_up_at))
        return _BoundedStream(stream, self._give_up_at)


class _BoundedStream(httpcore2.NetworkStream):
    """A receiver that sends a byte now and then cannot stretch the exchange."""

    def __init__(self, inner: httpcore2.NetworkStream, give_up_at: float) -> None:
        self._inner = inner
        self._give_up_at = give_up_at

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._give_up_at))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._give_up_at))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, _left(self._give_up_at))
        return _BoundedStream(inner, self._give_up_at)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(give_up_at: float) -> float:
    left = give_up_at - time.monotonic()
    if left <= 0:
        raise TimeoutError("the receiver did not answer in time")
    return left
