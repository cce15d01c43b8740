"""Reads the evidence about one booking."""

from collections.abc import Iterator

from events.addressing import shard_of
from worker.desk.alarms import waiting_alarms
from worker.desk.evidence.answers import Evidence
from worker.desk.notices import notices_about
from worker.desk.story import Moment, Story, moment_of, story_from
from worker.store import records, sinks
from worker.store.chain import Chain, chain_of
from worker.store.context import Context, Shard
from worker.store.records import UnreadableRecordError


def read_evidence(context: Context, booking: str) -> Evidence | None:
    """The evidence about a booking; None for a number that the clock has never heard of.

    A damaged record or a broken chain is part of the answer, and no error.
    """
    shard = context.shards[shard_of(booking, len(context.shards))]
    chain = chain_of(shard.client, shard.keys, booking)
    if chain is None:
        return None
    story, unreadable = _story(context, shard, booking, chain)
    is_clock_steady = context.simulated or chain.is_clock_steady
    return Evidence(
        booking=booking,
        as_of=story.as_of if story else context.store_now(),
        story=story,
        unreadable=unreadable,
        chain=chain,
        notices=tuple(notices_about(shard, booking, chain.ids if is_clock_steady else None)),
        alarms=tuple(
            item
            for item in waiting_alarms(context)
            if item.alarm.subject == booking or booking in item.alarm.others
        ),
        has_notifier=bool(sinks.names(shard.client, shard.keys)),
    )


def _story(context: Context, shard: Shard, booking: str, chain: Chain) -> tuple[Story | None, str | None]:
    try:
        record = records.load_one(shard.client, shard.keys, booking)
    except UnreadableRecordError as error:
        return None, str(error)
    if record is None:
        return None, f"booking {booking}: its journal entries are there, its record is not"
    return story_from(context, record, moments_of(chain)), None


def moments_of(chain: Chain) -> Iterator[Moment]:
    """The entries of a chain that can be read, oldest first."""
    for entry in chain.entries:
        if entry.link is not None:
            try:
                yield moment_of(entry.link)
            except (KeyError, TypeError, ValueError):
                continue
