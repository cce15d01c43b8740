"""The head of a stored record: version, state, deadline and ceiling, in one field that the script compares.

Beside it in the record's hash are `doc`, the whole record as JSON, and `journal`, the ids of its entries.
"""

from collections.abc import Sequence
from typing import NamedTuple

from worker.custody.record import Record
from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.pipelining import ask
from worker.store.unix_ms import to_ms_or_empty


class Head(NamedTuple):
    """What a head says of a record without its document; the deadline is in Unix ms."""

    state: str
    deadline_ms: int | None


def head_of(record: Record) -> bytes:
    """The head of a record, as commit.lua writes it."""
    ceiling = record.ceiling.deadline if record.ceiling else None
    return (
        f"{record.version} {record.state} {to_ms_or_empty(record.deadline)} {to_ms_or_empty(ceiling)}"
    ).encode()


def heads(client: Client, keys: Keys, bookings: Sequence[str]) -> list[Head | None]:
    """The heads of these records, in one round trip; None where there is none that can be read."""
    return [_read(answer) for answer in ask(client, [("HGET", keys.record(one), "head") for one in bookings])]


def _read(answer: object) -> Head | None:
    try:
        _, state, deadline, _ = answer.decode().split(" ")  # type: ignore[attr-defined]
        return Head(state, int(deadline) if deadline else None)
    except (AttributeError, ValueError):
        return None
