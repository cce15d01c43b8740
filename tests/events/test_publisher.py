"""Upstream puts events into the inbox: all of a call or, if one would be rejected, none of it."""

import pytest

from events.addressing import inbox_key, shard_of
from events.parse import Rejection
from events.publisher import EventRejectedError, Publisher
from tests.support.event_samples import ALL, FEWEST, parsed, raw
from tests.support.worker_by_hand import Store
from worker.store.streams import entries_of_range

CHECK = "custody.warrant_check.completed.v1"


def check(number: int, booking: str = "B-1") -> bytes:
    """One of many different events."""
    return raw(CHECK, ALL[CHECK], id=f"e{number}", subject=booking)


def inbox(store: Store, shard: int = 0) -> list[tuple[str, bytes]]:
    """The ids and the events of an inbox, oldest first."""
    entries = entries_of_range(store.client.xrange(inbox_key(shard)))
    return [(id_.decode(), fields[b"event"]) for id_, fields in entries]


def test_an_event_goes_into_the_inbox_as_it_was_written(store: Store) -> None:
    id_ = Publisher(store.client).publish(check(1))
    assert inbox(store) == [(id_, check(1))]


def test_an_event_composed_in_python_goes_in_as_json_without_what_it_leaves_open(store: Store) -> None:
    for kind, data in FEWEST.items():
        event = parsed(raw(kind, data)).event
        Publisher(store.client).publish(event)
        text = inbox(store)[-1][1]
        assert parsed(text).event == event
        assert b"null" not in text


def test_events_go_in_in_their_order_however_many(store: Store) -> None:
    texts = [check(number) for number in range(1203)]
    ids = Publisher(store.client).publish_all(texts)
    assert inbox(store) == list(zip(ids, texts, strict=True))


def test_an_event_goes_in_as_it_was_written_however_that_is(store: Store) -> None:
    for text in (b"\xef\xbb\xbf" + check(1) + b"\r\n", raw(CHECK, ALL[CHECK], traceparent="00-1", id="e2")):
        Publisher(store.client).publish(text)
        assert inbox(store)[-1][1] == text


def test_a_field_that_the_contract_does_not_have_goes_in_without_its_value(store: Store) -> None:
    """So no value reaches the store, and the clock still alarms the watch about the field."""
    created = "custody.booking.created.v1"
    charges = [{"statute": "211PC", "level": "felony", "race": "Zq7Xw9"}]
    text = raw(created, ALL[created] | {"charges": charges, "citizenship": {"of": "Zq7Xw9"}, "a\nb": 1})
    Publisher(store.client).publish(text)
    ((_, sent),) = inbox(store)
    assert b"Zq7Xw9" not in sent
    assert sorted(parsed(sent).removed) == sorted(parsed(text).removed)
    assert parsed(sent).event == parsed(text).event


def test_if_one_would_be_rejected_none_of_the_call_goes_in(store: Store) -> None:
    broken = raw(CHECK, ALL[CHECK] | {"completed_at": "yesterday"})
    with pytest.raises(EventRejectedError, match=r"^booking B-1: invalid_data: data\.completed_at: ") as sent:
        Publisher(store.client).publish_all([check(1), broken, check(2)])
    assert isinstance(sent.value.rejection, Rejection)
    assert inbox(store) == []


def test_no_events_are_no_trouble(store: Store) -> None:
    assert Publisher(store.client).publish_all([]) == []


def test_each_event_goes_to_the_shard_that_its_booking_lives_on(store: Store) -> None:
    bookings = [f"B-{number}" for number in range(20)]
    Publisher(store.client, shards=3).publish_all(
        check(number, booking) for number, booking in enumerate(bookings)
    )
    for shard in range(3):
        found = [parsed(text).event.subject for _, text in inbox(store, shard)]
        assert found == [booking for booking in bookings if shard_of(booking, 3) == shard]
        assert found


def test_the_shard_is_the_crc_32_of_the_booking_number() -> None:
    """0xCBF43926 is the published check value of CRC-32 for these nine digits."""
    assert shard_of("123456789", 1_000_003) == 0xCBF43926 % 1_000_003
    assert inbox_key(2) == "{custody:2}:inbox"
