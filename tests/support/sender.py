"""An upstream system that sends events over HTTP."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import httpx2

from events.envelope import BATCH, ONE
from tests.support.bookings import SOURCE
from tests.support.web_server import token_of, web_server
from worker.store.context import Context
from worker.web.access.tokens import Token
from worker.web.intake.routes import ON_DISK, Safety

INTAKE: Final = "intake-for-tests"
TOKENS: Final[tuple[Token, ...]] = (
    token_of(INTAKE, "intake", SOURCE),
    token_of("desk-secret", "desk"),
    token_of("metrics-secret", "metrics"),
)


class Sender:
    """A client of one board, with a token."""

    def __init__(self, url: str, secret: str | None = INTAKE) -> None:
        self.url = f"{url}/events"
        self._client = httpx2.Client(
            headers={"Authorization": f"Bearer {secret}"} if secret else {}, timeout=30
        )

    def post(self, body: Any, content_type: str | None = ONE, **headers: str) -> httpx2.Response:
        """Send a body as it is; headers are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if content_type is not None:
            named["Content-Type"] = content_type
        return self._client.post(self.url, content=body, headers=named)

    def batch(self, *events: bytes) -> httpx2.Response:
        """Send events as a batch."""
        return self.post(b"[" + b",".join(events) + b"]", BATCH)

    def close(self) -> None:
        """End the connections."""
        self._client.close()


@contextmanager
def sender(
    context: Context, secret: str | None = INTAKE, safety: Safety = ON_DISK, tokens: Sequence[Token] = TOKENS
) -> Iterator[Sender]:
    """A sender to a real server on this store."""
    with web_server(context, tokens, safety=safety) as url:
        upstream = Sender(url, secret)
        try:
            yield upstream
        finally:
            upstream.close()


def changed(event: bytes, **attributes: Any) -> bytes:
    """An event with other attributes; one that is None is left out."""
    document = json.loads(event) | attributes
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


def in_the_inbox(context: Context, shard: int = 0) -> list[bytes]:
    """The events in an inbox, oldest first."""
    entries: Any = context.client.xrange(context.shards[shard].keys.inbox)
    return [fields[b"event"] for _, fields in entries]
