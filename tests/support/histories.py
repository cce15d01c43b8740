"""Random histories of bookings, with every kind of event, and what one slow reader makes of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, TypeAlias
from unittest.mock import patch

import orjson

from tests.support.bookings import LENGTH, booked, raw
from tests.support.upstream import said
from tests.support.worker_by_hand import fire_all, repeat_until_empty
from worker.engine import intake
from worker.store import journal, records
from worker.store.context import Context

BOOKINGS: Final = 50
SECOND: Final = timedelta(seconds=1)
HOUR: Final = timedelta(hours=1)

_BAD_BYTES: Final = (b"", b"\xff\x00", b"[1]", b'{"subject":"B1"}', b'{"specversion":"1.0","subject":"B2"}')
Journals: TypeAlias = dict[str, list[dict[str, Any]]]


class History:
    """What upstream sends, in order. A seed gives the same history again.

    Some bookings are due while it is sent, and no event about those is judged by the present time; the others
    are due in half an hour or more.

    Attributes:
        all_due_at: when everybody who falls due meanwhile has.
    """

    def __init__(self, seed: int, starts_at: datetime, lasts: timedelta) -> None:
        self._seeded = Random(seed)
        self._starts_at = starts_at
        self._lasts = lasts
        self.all_due_at = starts_at + 1.1 * lasts + SECOND
        self.sent: list[bytes] = []
        about = [self._about(f"B{number}") for number in range(BOOKINGS)]
        while any(about):
            self._send(self._seeded.choice([events for events in about if events]).pop(0))

    def _send(self, event: bytes) -> None:
        self.sent.append(event)
        if self._seeded.random() < 0.15:
            self.sent.append(self._seeded.choice(self.sent))
        if self._seeded.random() < 0.05:
            self.sent.append(self._seeded.choice(_BAD_BYTES))

    def _about(self, booking: str) -> list[bytes]:
        """One booking's events; its own report comes first, among the others, or never."""
        seeded = self._seeded
        is_due_soon = seeded.random() < 0.5
        due_at = self._starts_at + (
            seeded.uniform(0.1, 1.1) * self._lasts if is_due_soon else seeded.choice((0.5, 30)) * HOUR
        )
        due_at = due_at.replace(microsecond=due_at.microsecond // 1000 * 1000)
        events = [self._event(booking, due_at, is_due_soon) for _ in range(seeded.randrange(2, 9))]
        if seeded.random() < 0.95:
            place = 0 if seeded.random() < 0.7 else seeded.randrange(len(events))
            events.insert(place, raw(booked(booking, due_at=due_at)))
        return events

    def _event(self, booking: str, due_at: datetime, is_due_soon: bool) -> bytes:
        at = self._starts_at - self._seeded.uniform(60, 300) * SECOND
        kinds = kinds_of_events(booking, at, due_at, self._seeded)
        if not is_due_soon:
            kinds += [
                ("ice.custody_requested", {"requested_at": at, "reply_to": "ice-la"}),
                ("booking.renumbered", {"new_number": f"{booking}-new", "reason": "renumbered"}),
            ]
        kind, data = self._seeded.choice(kinds)
        return said(kind, booking, **data)


def kinds_of_events(
    booking: str, at: datetime, due_at: datetime, seeded: Random
) -> list[tuple[str, dict[str, Any]]]:
    arrested_at = due_at - LENGTH + seeded.uniform(-0.5, 0.5) * SECOND
    outcome = seeded.choice(("found", "not_found"))
    hold = {"hold_id": seeded.choice(("H1", "H2"))}
    on_it_goes: list[tuple[str, dict[str, Any]]] = [
        ("booking.amended", {"facility": seeded.choice(("north", "south")), "reason": "clerical_error"}),
        ("booking.amended", {"arrested_at": arrested_at, "reason": "clerical_error"}),
        ("person.transferred", {"transferred_at": at, "to": "hospital"}),
        ("hold.placed", hold | {"kind": "parole"}),
        ("hold.lifted", hold),
        ("ice.contacted", {"contacted_at": at, "requests": ["hold"], "reply_to": seeded.choice(("a", "b"))}),
        ("ice.contact_withdrawn", {"withdrawn_at": at, "reply_to": "a"}),
        ("counsel.designated", {"deliver_to": seeded.choice(("first", "second"))}),
    ]
    return [
        *3 * on_it_goes,
        ("booking.voided", {"reason": "mistaken"}),
        ("booking.reinstated", {"reason": "voided_in_error"}),
        ("bail.posted", {"posted_at": at, "kind": "cash"}),
        ("release.ordered", {"ordered_at": at, "basis": "citation"}),
        (
            "probable_cause.determined",
            {"determined_at": at, "outcome": outcome},
        ),
        ("person.transferred", {"transferred_at": at, "to": seeded.choice(("court", "moon"))}),
        ("person.returned", {"returned_at": at, "arraigned": seeded.random() < 0.3}),
        ("person.escaped", {"at": at}),
        ("person.died", {"at": at}),
        ("person.arraigned", {"arraigned_at": at}),
        ("person.departed", {"departed_at": at}),
        ("warrant_check.completed", {"completed_at": at, "federal_notified": True}),
        ("clock.paused", {"at": at}),
    ]


def journals(context: Context) -> Journals:
    """By booking, its journal entries, without the instants of their commits."""
    keys = context.shards[0].keys
    return {
        booking: [link.content for link in journal.timeline(context.client, keys, booking)]
        for booking in records.every_booking(context.client, keys)
    }


def worked_slowly(context: Context, entries: Sequence[tuple[str, bytes]]) -> Journals:
    """What one reader makes of these inbox entries that works one at a time, after all have arrived."""
    shard = context.shards[0]
    for id_, text in entries:
        context.client.xadd(shard.keys.inbox, {"event": text}, id=id_)
    with patch.object(intake, "BATCH", 1):
        repeat_until_empty(lambda: intake.drain(context, shard))
    fire_all(context)
    return journals(context)


def differences(expected: Journals, found: Journals) -> list[str]:
    """The first entry of each booking that is not as expected."""
    problems = []
    for booking in sorted(expected.keys() | found.keys()):
        here, there = expected.get(booking, []), found.get(booking, [])
        for number in range(max(len(here), len(there))):
            one, other = (entries[number] if number < len(entries) else None for entries in (here, there))
            if one != other:
                problems.append(f"{booking} entry {number}:\n  {_short(one)}\n  {_short(other)}")
                break
    return problems


def _short(entry: dict[str, Any] | None) -> str:
    return orjson.dumps(entry).decode()
