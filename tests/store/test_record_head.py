"""The head of a record and of a commit: one field each, packed in Python and split by the script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.arrivals import HOUR, ice_contact
from tests.support.arrivals import booked as booking_arrives
from tests.support.bookings import booked, now
from tests.support.tracked import tracked
from tests.support.worker_by_hand import take_in
from worker.store import records
from worker.store.commit import SCRIPT
from worker.store.commit_head import CommitHead
from worker.store.context import Context
from worker.store.record_head import head_of
from worker.store.unix_ms import to_ms

ms = st.none() | st.integers(-(2**40), 2**48)
counts = st.integers(0, 1_000)
heads = st.builds(
    CommitHead,
    arguments=counts,
    before=st.none() | counts,
    version=st.none() | counts,
    not_before_ms=ms,
    not_after_ms=ms,
    deadline_ms=ms,
    ceiling_ms=ms,
    state=st.none() | st.sampled_from(["awaiting_booking", "held", "released", "closed"]),
    attention_ms=ms,
    entries=counts,
    outbound=counts,
    rejects=counts,
)


@given(heads)
def test_the_head_of_a_commit_unpacks_to_what_was_packed(head: CommitHead) -> None:
    assert CommitHead.unpack(head.pack()) == head


def test_the_script_splits_the_head_of_a_commit_into_the_same_fields() -> None:
    named = SCRIPT[SCRIPT.index("local before, version,") : SCRIPT.index("string.match(head, COMMIT_HEAD)")]
    in_script = [name.strip() for name in named.removeprefix("local").replace("=", "").split(",")]
    assert in_script == [name.removesuffix("_ms") for name in CommitHead._fields[1:]]


def test_the_head_of_a_record_holds_version_state_deadline_and_ceiling() -> None:
    booking = tracked()
    booking.receive(booking_arrives(), ice_contact())
    record = booking.known
    assert record.deadline and record.ceiling
    assert head_of(record) == b"2 held %d %d" % (to_ms(record.deadline), to_ms(record.ceiling.deadline))


def test_a_record_whose_head_does_not_match_is_not_read(context: Context) -> None:
    """Nothing is decided on a record whose commit the script would refuse."""
    take_in(context, booked("B1", due_at=now() + HOUR))
    shard = context.shards[0]
    head = context.client.hget(shard.keys.record("B1"), "head") or b""
    for damaged in (b"", head + b"1", head.replace(b"held", b"closed"), b"1 held"):
        context.client.hset(shard.keys.record("B1"), "head", damaged)
        with pytest.raises(records.UnreadableRecordError, match="booking B1"):
            records.load_one(context.client, shard.keys, "B1")
    context.client.hset(shard.keys.record("B1"), "head", head)
    assert records.load_one(context.client, shard.keys, "B1") is not None
