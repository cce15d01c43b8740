"""Decides facts about records: load, decide, encode. What comes of it is committed by `apply`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from events.outbound import ClockAlarmed, ReleaseOverdue
from worker.custody.decide import Fact, Reprofile, Tick, decide
from worker.custody.journal import Entry
from worker.custody.record import Record
from worker.custody.transition import RejectedEvent, Transition
from worker.store import records
from worker.store.commit import Commit, Encoded
from worker.store.connection import UNREACHABLE
from worker.store.context import Context, Shard


class Work(Struct, frozen=True):
    """Facts about one booking, in order, and the inbox entries that they came in."""

    booking: str
    facts: tuple[Fact, ...]
    inbox_ids: tuple[str, ...] = ()


class Decision(Struct, frozen=True):
    """A piece of work, decided and encoded: what to commit, and what to log once it is committed."""

    work: Work
    encoded: Encoded
    entries: tuple[Entry, ...]
    rejected: tuple[RejectedEvent, ...]
    alarms: tuple[ClockAlarmed | ReleaseOverdue, ...]
    inbox_before: datetime | None = None
    """The release waits while an event that arrived before this, in UTC, is unsettled."""
    due_at: datetime | None = None
    """Of a release at a deadline, when it was due, in UTC."""


class MissingRecordError(RuntimeError):
    """A timer has no record."""


def decide_all(
    context: Context,
    shard: Shard,
    works: Sequence[Work],
    instants: Sequence[datetime],
    cleared: Mapping[str, datetime] | None = None,
    failed: dict[str, Exception] | None = None,
) -> Iterator[Decision]:
    """Decide each piece of work at its instant, ready to be committed.

    All records are read at once; decisions are made lazily, as they are taken.

    Args:
        cleared, failed: as `apply`.

    Raises:
        MissingProfileError: an event needs the profile of its record, which is missing; raised as its
            decision is taken.
        UnreadableRecordError: a stored record cannot be read.
        redis.exceptions.RedisError: the store did not answer.
    """
    stored, unreadable = records.load(shard.client, shard.keys, [work.booking for work in works])
    if unreadable and failed is None:
        raise unreadable[0]
    errors = {error.booking: error for error in unreadable}
    if failed is not None:
        failed |= errors

    def decisions() -> Iterator[Decision]:
        for work, now in zip(works, instants, strict=True):
            booking = work.booking
            if booking in errors:
                continue
            until = cleared.get(booking) if cleared else None
            try:
                decision = _decide(context, shard, work, stored.get(booking), now, until)
            except UNREACHABLE:
                raise
            except Exception as error:
                if failed is None:
                    raise
                failed[booking] = error
            else:
                yield decision

    return decisions()


def _decide(
    context: Context,
    shard: Shard,
    work: Work,
    record: Record | None,
    now: datetime,
    cleared: datetime | None,
) -> Decision:
    """Decide by the record's own rules; by the ordered ones if a person ordered them."""
    by_record = context.rules_by_record
    if record is None and all(isinstance(fact, Tick) for fact in work.facts):
        raise MissingRecordError(f"booking {work.booking}: its timer has no record")
    ordered = next((fact for fact in work.facts if isinstance(fact, Reprofile)), None)
    rules = by_record.known(ordered.fingerprint) if ordered else by_record.of(record)
    transition = decide(record, work.facts, rules, now)
    if cleared and transition.inbox_before and transition.inbox_before <= cleared:
        transition = replace(transition, inbox_before=None)
    encoded = shard.committer.encode(_commit_of(work, transition))
    return Decision(
        work,
        encoded,
        transition.entries,
        transition.rejected,
        tuple(_alarms(transition)),
        transition.inbox_before,
        transition.not_before,
    )


def _alarms(transition: Transition) -> Iterator[ClockAlarmed | ReleaseOverdue]:
    for event in transition.outbound:
        if isinstance(event, ClockAlarmed) or (isinstance(event, ReleaseOverdue) and event.data.fired_late):
            yield event


def _commit_of(work: Work, transition: Transition) -> Commit:
    """A tick with nothing to do still sets the timer; events that change nothing are only settled."""
    writes_record = bool(transition.entries) or not work.inbox_ids
    return Commit(transition if writes_record else None, transition.rejected, work.inbox_ids)
