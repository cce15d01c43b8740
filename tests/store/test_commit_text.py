"""What the store adds to a commit: its instant, ids and seals in the journal, a wake-up call."""

import json
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from events.instants import format_instant, parse_instant
from tests.support.bookings import bail_posted, booked, departed, ice_contacted, now, raw
from tests.support.worker_by_hand import Store, everything_sent, simulated_context, take_in, the_record
from worker.custody.commit_time import COMMIT_MARK
from worker.custody.decide import Tick, decide
from worker.custody.journal import Link, read_entry, record_digest, seal_of
from worker.custody.same_alarm import RaisedAlarm
from worker.engine.alarms import compose
from worker.store import journal, records
from worker.store.commit import Commit, CommitOutcome, Encoded
from worker.store.context import Context
from worker.store.record_head import head_of
from worker.store.streams import entries_of_range
from worker.store.unix_ms import from_ms, to_ms

HOUR = timedelta(hours=1)
MS = timedelta(milliseconds=1)


@pytest.fixture
def simulated(store: Store) -> Iterator[Context]:
    """An open context on a store whose simulated time is the clock given with each commit."""
    context = simulated_context(store, now())
    yield context
    context.client.close()


# The store's own instants


def instants() -> list[datetime]:
    """The first and last millisecond of every month from 1970 to 2200, and 500 random ones."""
    edges = [
        instant
        for year in range(1970, 2201)
        for month in range(1, 13)
        for instant in (
            datetime(year, month, 1, tzinfo=UTC),
            datetime(year, month, monthrange(year, month)[1], 23, 59, 59, 999_000, tzinfo=UTC),
        )
    ]
    seeded = Random(825)
    last_ms = to_ms(datetime(2200, 12, 31, tzinfo=UTC))
    return edges + [from_ms(seeded.randrange(last_ms)) for _ in range(500)]


def test_the_script_writes_instants_as_python_does_from_1970_to_2200(simulated: Context) -> None:
    committer = simulated.shards[0].committer
    asked = instants()
    notice = compose("clock_skew", "a sample", event_id="alarm")

    def alarm(number: int) -> Encoded:
        return committer.encode(Commit(None, alarms=(RaisedAlarm(notice, str(number)),)))

    calls = (committer._call([alarm(number)], instant, None) for number, instant in enumerate(asked))
    answers = list(committer._evaluate(calls))
    assert answers == [[to_ms(instant), CommitOutcome.COMMITTED] for instant in asked]
    written = [event["time"] for event in everything_sent(simulated)]
    assert written == [format_instant(instant) for instant in asked]
    assert len(set(written)) > 5_000


def test_on_a_simulated_store_a_release_waits_for_the_given_clock_to_the_millisecond(
    simulated: Context,
) -> None:
    due_at = now() + 40 * HOUR
    take_in(simulated, booked("B1", due_at=due_at))
    record = the_record(simulated, "B1")
    released = decide(record, [Tick()], simulated.rules_by_record.of(record), due_at)
    assert released.not_before == due_at
    committer = simulated.shards[0].committer

    def outcome(at: datetime) -> CommitOutcome:
        return committer.commit([Commit(released)], at)[0].outcome

    assert [outcome(due_at - MS), outcome(due_at)] == [CommitOutcome.TOO_EARLY, CommitOutcome.COMMITTED]
    assert the_record(simulated, "B1").released_at == due_at


# The mark


def test_the_commits_instant_is_written_everywhere_the_core_left_it_open(context: Context) -> None:
    take_in(
        context,
        booked("B1", due_at=now() + HOUR),
        ice_contacted("B1", now(), requests=("hold",)),
        bail_posted("B1", now()),
        ice_contacted("B1", now(), reply_to="ice-sf"),
    )
    [released] = {link.committed_at for link in links(context, "B1") if link.content["outcome"] == "released"}
    events = [event for event in everything_sent(context) if "released_at" in event["data"]]
    assert len(events) == 3
    assert {event["data"]["released_at"] for event in events} == {released}
    assert {event["time"] for event in everything_sent(context)} <= {
        link.committed_at for link in links(context, "B1")
    }
    record = context.client.hget(context.shards[0].keys.record("B1"), "doc") or b""
    assert json.loads(record)["released_at"] == released
    everything_written = [record, *(json.dumps(event).encode() for event in everything_sent(context))]
    assert not any(b"at_commit" in text for text in everything_written)


@pytest.mark.parametrize(
    "text",
    [
        "<at_commit_0123456789abcdef>",
        "<at_commit_>",
        "%1 %% %d",
        COMMIT_MARK[:-2],
        "9999-12-31T23:59:59.999Z",
    ],
    ids=["another mark", "a short mark", "percent signs", "most of the mark", "the last instant"],
)
def test_text_that_looks_like_the_mark_is_left_alone(context: Context, text: str) -> None:
    charge = {"statute": "459PC", "level": "felony", "description": text}
    booking = booked("B1", due_at=now() + HOUR, facility=text, charges=(charge,))
    take_in(context, booking, bail_posted("B1", now()))
    record = the_record(context, "B1")
    assert record.facts
    assert (record.facts.facility, record.facts.charges[0].description) == (text, text)
    assert record.state == "released"


def test_an_event_that_waits_for_its_booking_is_kept_byte_for_byte(context: Context) -> None:
    kept = raw(ice_contacted("B1", now(), reference="100 % <at_commit_0> Ünïcode \\n \u2028"))
    take_in(context, kept)
    assert the_record(context, "B1").awaiting == (kept.decode(),)


# The journal


def links(context: Context, booking: str) -> list[Link]:
    return journal.timeline(context.client, context.shards[0].keys, booking)


def test_a_record_lists_its_journal_entries_and_each_is_sealed_at_its_commit(context: Context) -> None:
    for event in (booked("B1", due_at=now() + HOUR), ice_contacted("B1", now()), departed("B1", now())):
        take_in(context, event)
    keys = context.shards[0].keys
    entries = dict(entries_of_range(context.client.xrange(keys.journal)))
    ids = records.journal_ids(context.client, keys, "B1")
    assert [id_.encode() for id_ in ids] == list(entries)
    hashes: list[str | None] = [None]
    for id_, version in zip(ids, (1, 2, 3), strict=True):
        link = read_entry(entries[id_.encode()][b"entry"])
        assert (link.content["version"], link.content["prev"]) == (version, hashes[-1])
        assert parse_instant(link.committed_at) == from_ms(int(id_.split("-")[0]))
        seal = seal_of(link.hash, link.committed_at, link.record_digest)
        assert json.loads(entries[id_.encode()][b"entry"])["seal"] == seal
        hashes.append(link.hash.hex())
    assert the_record(context, "B1").chain == link.hash
    assert context.client.hget(keys.record("B1"), "head") == head_of(the_record(context, "B1"))
    document = context.client.hget(keys.record("B1"), "doc")
    assert isinstance(document, bytes)
    assert link.record_digest == record_digest(document, link.committed_at)


def test_the_steps_of_one_commit_are_separate_entries_with_one_instant(context: Context) -> None:
    take_in(context, ice_contacted("B1", now()), bail_posted("B1", now()), booked("B1", due_at=now() + HOUR))
    committed_at = {link.committed_at for link in links(context, "B1")}
    assert [link.content["outcome"] for link in links(context, "B1")] == [
        "kept_until_booking",
        "kept_until_booking",
        "clock_started",
        "ice_told",
        "released",
    ]
    assert len(committed_at) == 1


# The wake-up call


def test_only_a_timer_earlier_than_all_others_wakes_the_pacemaker(context: Context) -> None:
    keys = context.shards[0].keys

    def calls() -> int:
        return int(context.client.xinfo_stream(keys.wake)["entries-added"])

    take_in(context, booked("B1", due_at=now() + 0.9 * HOUR))
    assert calls() == 1
    take_in(context, booked("B2", due_at=now() + 0.95 * HOUR))
    assert calls() == 1
    take_in(context, booked("B3", due_at=now() + 0.1 * HOUR))
    assert calls() == 2
    assert context.client.xlen(keys.wake) == 1
