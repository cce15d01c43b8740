"""Alarms of the last while, as the outbox has them."""

from collections import Counter
from datetime import datetime
from typing import Final

import orjson

from events.outbound import ClockAlarmed
from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.streams import entries_of_range
from worker.store.unix_ms import to_ms

MOST_READ: Final = 5_000
"""Of the newest outbound events; in a busy hour the count may be of less than the time asked for."""

_TYPE: Final = ClockAlarmed.model_fields["type"].default


def count_alarms(client: Client, keys: Keys, since: datetime) -> Counter[str]:
    """How often each alarm code was raised since an instant of the store."""
    codes: Counter[str] = Counter()
    found = client.xrevrange(keys.outbox, max="+", min=to_ms(since), count=MOST_READ)
    for _, fields in entries_of_range(found):
        text = fields.get(b"event", b"")
        if _TYPE.encode() in text and (code := _code_of(text)):
            codes[code] += 1
    return codes


def _code_of(text: bytes) -> str | None:
    """The code of an alarm; None for another event that only mentions one, or an entry of another program."""
    try:
        event = orjson.loads(text)
        return str(event["data"]["code"]) if event["type"] == _TYPE else None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
