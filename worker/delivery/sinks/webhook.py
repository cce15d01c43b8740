"""An HTTP receiver, signed as Standard Webhooks.

httpcore2 is httpx2's own transport. It follows no redirect, keeps no cookie and reads no proxy from the
environment, and lets us say which address the socket goes to.
"""

import ssl
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any, Final

import httpcore2
from standardwebhooks import Webhook

from worker.clock import SystemClock
from worker.delivery.routing import WebhookSettings
from worker.delivery.sink import Answer, Outcome, OutgoingNotice
from worker.delivery.sinks.allowed_address import resolve

ANSWER_SECONDS: Final = 15.0

_GONE: Final = 410


class WebhookSink:
    """Posts one notice at a time. Only the status of the answer is read."""

    most_at_once = 1
    waits_out_failures = False

    def __init__(
        self,
        settings: WebhookSettings,
        secrets: Sequence[str],
        clock: SystemClock,
        tls: ssl.SSLContext | None = None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """`secrets` are one, or during a rotation two, as `whsec_…`; each signs."""
        self._settings = settings
        self._signers = [Webhook(secret) for secret in secrets]
        self._clock = clock
        self._tls = tls or ssl.create_default_context()
        self._answer_seconds = answer_seconds

    def send(self, notices: Sequence[OutgoingNotice]) -> Answer:
        """Post the notice."""
        (notice,) = notices
        backend = _PinnedBackend(self._settings, time.monotonic() + self._answer_seconds)
        with (
            httpcore2.ConnectionPool(ssl_context=self._tls, network_backend=backend) as pool,
            pool.stream(
                "POST", self._settings.url, headers=self._headers(notice), content=notice.raw
            ) as response,
        ):
            return _answer(response.status, _header(response.headers, b"retry-after"), self._clock.now())

    def _headers(self, notice: OutgoingNotice) -> dict[bytes | str, bytes | str]:
        message_id = message_id_of(notice.event.id)
        signed_at = self._clock.now().astimezone(UTC)
        body = notice.raw.decode()
        return {
            "content-type": "application/cloudevents+json; charset=utf-8",
            "user-agent": "custody-clock",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(signed_at.timestamp())),
            "webhook-signature": " ".join(
                signer.sign(message_id, signed_at, body) for signer in self._signers
            ),
        }


def message_id_of(event_id: str) -> str:
    """The `webhook-id` of a notice, the same at every attempt. A dot would make the signed text ambiguous."""
    return f"msg_{sha256(event_id.encode()).hexdigest()[:32]}"


def _answer(status: int, retry_after: str | None, now: datetime) -> Answer:
    detail = f"HTTP {status}"
    if 200 <= status < 300:
        return Answer(Outcome.DELIVERED, detail)
    if status == _GONE:
        return Answer(Outcome.GONE, detail)
    return Answer(Outcome.AGAIN, detail, retry_after_seconds=_seconds_of(retry_after, now))


def _seconds_of(retry_after: str | None, now: datetime) -> float | None:
    """What `Retry-After` asks for: seconds, or an instant."""
    if retry_after is None:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), None)


class _PinnedBackend(httpcore2.NetworkBackend):
    """Connects to the address that was checked, and gives the whole exchange until one instant."""

    def __init__(self, settings: WebhookSettings, give_up_at: float) -> None:
        self._allowed = settings.allow_network
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
