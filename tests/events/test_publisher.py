"""Upstream puts events into the inbox: all of a call or, if one would be refused, none of it."""

import pytest

from events.addressing import inbox_key, shard_of
from events.inbound import Inbound
from events.parse import Rejection, parse
from events.publisher import EventRejectedError, Publisher
from tests.support.event_samples import ALL, FEWEST, NOW, raw
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
        event = parse(raw(kind, data))
        assert isinstance(event, Inbound)
        Publisher(store.client).publish(event)
        text = inbox(store)[-1][1]
        assert parse(text, NOW) == event
        assert b"null" not in text


def test_events_go_in_in_their_order_however_many(store: Store) -> None:
    texts = [check(number) for number in range(1203)]
    ids = Publisher(store.client).publish_all(texts)
    assert inbox(store) == list(zip(ids, texts, strict=True))


def test_if_one_would_be_refused_none_of_the_call_goes_in(store: Store) -> None:
    broken = raw(CHECK, ALL[CHECK] | {"citizenship": "x"})
    with pytest.raises(EventRejectedError, match=r"^booking B-1: invalid_data: data\.citizenship: ") as sent:
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
        events = [parse(text) for _, text in inbox(store, shard)]
        found = [event.subject for event in events if isinstance(event, Inbound)]
        assert found == [booking for booking in bookings if shard_of(booking, 3) == shard]
        assert found


def test_the_shard_is_the_crc_32_of_the_booking_number() -> None:
    """0xCBF43926 is the published check value of CRC-32 for these nine digits."""
    assert shard_of("123456789", 1_000_003) == 0xCBF43926 % 1_000_003
    assert inbox_key(2) == "{custody:2}:inbox"
