"""Whatever happens to a few bookings, in any order: the store refuses no decision of the core."""

from datetime import timedelta
from random import Random

import pytest

from tests.support.bookings import booked, now, raw
from tests.support.histories import kinds_of_events
from tests.support.upstream import said
from tests.support.worker_by_hand import audit_problems, put, rejected, repeat_until_empty
from worker.engine import intake
from worker.store.context import Context

HOUR = timedelta(hours=1)
NUMBERS = ("B0", "B1", "B2", "B3")


@pytest.mark.parametrize("seed", range(4))
def test_the_store_refuses_no_decision(context: Context, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seeded = Random(seed)
    monkeypatch.setattr(intake, "BATCH", 1)
    for number in NUMBERS:
        put(context, raw(booked(number, due_at=now() + seeded.uniform(1, 20) * HOUR)))
    for _ in range(120):
        number, due_at = seeded.choice(NUMBERS), now() + seeded.uniform(1, 20) * HOUR
        kinds = kinds_of_events(number, now(), due_at, seeded)
        renumbering = {"new_number": seeded.choice((*NUMBERS, "B9")), "reason": "merged"}
        kind, data = seeded.choice([*kinds, *3 * [("booking.renumbered", renumbering)]])
        put(context, said(kind, number, **data))
    repeat_until_empty(lambda: intake.drain(context, context.shards[0]))
    assert [reason for reason, _ in rejected(context) if reason != "unknown_type"] == []
    assert audit_problems(context) == []
