"""An HTTP receiver, signed as Standard Webhooks."""

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Final

from standardwebhooks import Webhook

from worker.clock import SystemClock
from worker.delivery.routing import WebhookSettings
from worker.delivery.sink import Answer, Outcome, OutgoingNotice
from worker.delivery.sinks.guarded_http import GuardedHttp

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
        self._http = GuardedHttp(tls or ssl.create_default_context(), answer_seconds, settings.allow_network)

    def send(self, notices: Sequence[OutgoingNotice]) -> Answer:
        """Post the notice."""
        (notice,) = notices
        answer = self._http.exchange("POST", self._settings.url, self._headers(notice), notice.raw)
        return _answer(answer.status, answer.retry_after, self._clock.now())

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
