"""Any event as upstream sends it, by the middle of its type, and entries with a given arrival."""

import itertools
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from tests.support.bookings import SOURCE, booked, raw
from worker.custody.decide import Received
from worker.engine.apply import apply
from worker.engine.deciding import Work
from worker.store.context import Context
from worker.store.unix_ms import to_ms

_ids: Final = itertools.count(1)


def said(kind: str, booking: str, /, *, id: str | None = None, **data: Any) -> bytes:
    """An event of the type `custody.<kind>.v1` with this data."""
    event = {
        "specversion": "1.0",
        "id": id or f"{booking}-said-{next(_ids)}",
        "source": SOURCE,
        "type": f"custody.{kind}.v1",
        "subject": booking,
        "data": data,
    }
    return orjson.dumps(event)


def to_court(booking: str, at: datetime) -> bytes:
    """A transfer to court, which closes the record."""
    return said("person.transferred", booking, transferred_at=at, to="court")


def put_as_arrived(context: Context, *arrivals: tuple[datetime, bytes]) -> None:
    """Put events into the inbox as they would stand there had they arrived at these instants, in order.

    Only where nothing has arrived later yet: the store's ids only rise.
    """
    inbox = context.shards[0].keys.inbox
    for number, (at, text) in enumerate(arrivals):
        context.client.xadd(inbox, {"event": text}, id=f"{to_ms(at)}-{number}")


def hold_already(context: Context, booking: str, *, due_at: datetime) -> None:
    """A booking that was taken in before all that waits in the inbox now."""
    event = booked(booking, due_at=due_at)
    received = Received(event, raw(event).decode(), due_at - timedelta(minutes=1))
    apply(context, context.shards[0], [Work(booking, (received,))])
