"""A running worker turns upstream events into releases, notices and rejects, on time."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from events.envelope import MAX_EVENT_BYTES
from tests.support.bookings import bail_posted, booked, custody_requested, ice_contacted, now, raw
from tests.support.live_worker import (
    LATEST,
    PATIENCE_SECONDS,
    Service,
    becomes,
    delivered,
    is_released_on_time,
    lateness,
    record_of,
)
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import alarms, audit_problems, put, rejected

pytestmark = pytest.mark.live

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def is_delivered(service: Service, booking: str, *kinds: str) -> bool:
    """Whether exactly these types of notice about a booking reach the file of notices, once each."""

    def everything_sent() -> list[str]:
        return sorted(event["type"] for event in delivered(service.worker) if event["subject"] == booking)

    wait_until(lambda: len(everything_sent()) >= len(kinds), PATIENCE_SECONDS)
    return everything_sent() == sorted(f"custody.{kind}.v1" for kind in kinds)


def test_a_booking_is_held_until_its_deadline_and_released_then(service: Service) -> None:
    assert is_released_on_time(service.context, "deadline")
    assert is_delivered(service, "deadline", "record.released")


def test_many_deadlines_close_together_are_neither_early_nor_late(service: Service) -> None:
    seeded, start = Random(825), now()
    due = {f"many-{number}": start + seeded.randrange(1_500, 3_000) * SECOND / 1000 for number in range(150)}
    put(service.context, *(booked(booking, due_at=due_at) for booking, due_at in due.items()))
    late = [lateness(becomes(service.context, booking, "released")) for booking in due]
    assert min(late) >= timedelta(0)
    assert max(late) < LATEST


def test_a_deadline_already_past_releases_after_the_grace_and_is_reported(service: Service) -> None:
    put(service.context, booked("past", due_at=now() - HOUR))
    record = becomes(service.context, "past", "released")
    assert record.basis == "deadline"
    assert record.entitled_at == record.deadline
    assert is_delivered(service, "past", "clock.alarmed", "record.released", "release.overdue")


def test_bail_releases_long_before_the_deadline(service: Service) -> None:
    put(service.context, booked("bail", due_at=now() + 50 * HOUR))
    becomes(service.context, "bail", "held")
    posted_at = now()
    put(service.context, bail_posted("bail", posted_at))
    record = becomes(service.context, "bail", "released")
    assert (record.basis, record.entitled_at) == ("bail", posted_at)
    assert record.released_at
    assert record.released_at - posted_at < 2 * SECOND


def test_ice_is_sent_the_date_and_the_release_and_moves_neither(service: Service) -> None:
    due_at = now() + 2 * SECOND
    put(service.context, booked("ice", due_at=due_at), ice_contacted("ice", now(), requests=("hold",)))
    record = becomes(service.context, "ice", "released")
    assert timedelta(0) <= lateness(record) < LATEST
    assert record.deadline == due_at
    assert is_delivered(service, "ice", "ice.release_date_given", "record.released", "ice.release_date_given")
    sent = [
        event["data"]
        for event in delivered(service.worker)
        if (event["subject"], event["audience"], event.get("route")) == ("ice", "ice", "ice-la")
    ]
    assert [(data["status"], data["hold_request"]) for data in sent] == [
        ("scheduled", "declined"),
        ("released", "declined"),
    ]


def test_ice_at_the_counter_after_the_deadline_gets_nobody(service: Service) -> None:
    put(service.context, booked("counter", due_at=now() - SECOND))
    becomes(service.context, "counter", "released")
    put(service.context, custody_requested("counter", now()))
    assert wait_until(lambda: ("custody_refused", "counter") in alarms(service.context), PATIENCE_SECONDS)
    assert becomes(service.context, "counter", "released").basis == "deadline"


def test_a_contact_before_the_booking_waits_for_it(service: Service) -> None:
    put(service.context, ice_contacted("contact-first", now()))
    becomes(service.context, "contact-first", "awaiting_booking")
    put(service.context, booked("contact-first", due_at=now() + HOUR))
    record = becomes(service.context, "contact-first", "held")
    assert len(record.contacts) == 1
    assert record.ceiling
    assert record.ceiling.deadline == record.deadline
    assert is_delivered(service, "contact-first", "ice.release_date_given")


def test_an_event_sent_again_and_again_counts_once(service: Service) -> None:
    booking, bail = booked("again", due_at=now() + HOUR), bail_posted("again", now())
    put(service.context, booking, booking, bail, booking, bail, bail)
    becomes(service.context, "again", "released")
    put(service.context, booking, bail)
    assert wait_until(lambda: service.context.shards[0].inbox.waiting() == 0, PATIENCE_SECONDS)
    record = record_of(service.context, "again")
    assert record
    assert record.version == 2


def test_garbage_is_rejected_and_kept_while_the_rest_goes_on(service: Service) -> None:
    garbage = {
        b"\xff\x00 garbage": "not_json",
        b"{" + b" " * MAX_EVENT_BYTES + b"}": "too_large",
        b'{"hello": "world"}': "not_cloudevent",
        raw(bail_posted("garbage", now())).replace(b"bail.posted", b"bail.eaten"): "unknown_type",
        raw(bail_posted("garbage", now())).replace(b"posted_at", b"posted"): "invalid_data",
    }
    put(service.context, *garbage, booked("beside-garbage", due_at=now() + HOUR))
    becomes(service.context, "beside-garbage", "held")
    assert wait_until(lambda: len(rejected(service.context)) == len(garbage), PATIENCE_SECONDS)
    kept = Counter((reason, text[:MAX_EVENT_BYTES]) for text, reason in garbage.items())
    assert Counter(rejected(service.context)) == kept
    assert record_of(service.context, "garbage") is None


def test_after_all_of_this_the_audit_finds_nothing_wrong(service: Service) -> None:
    assert is_released_on_time(service.context, "last")
    assert audit_problems(service.context) == []
    # Which of the tests before it ran is not known here.
    expected = {
        "late_on_arrival": "past counter",
        "custody_refused": "counter",
        "event_refused": "clock garbage",
    }
    assert [one for one in alarms(service.context) if one[1] not in expected.get(one[0], "")] == []
