"""Applies facts to records: load, decide, commit; and decide again where another worker was faster."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from msgspec import Struct
from structlog.typing import FilteringBoundLogger

from worker.custody.decide import Fact, Reprofile, decide
from worker.custody.journal import Entry
from worker.custody.record import Record
from worker.custody.transition import RejectedEvent, Transition
from worker.store import records
from worker.store.commit import Answer, Commit, CommitOutcome, Encoded
from worker.store.context import Context, Shard
from worker.store.unix_ms import from_ms, to_ms
from worker.telemetry import lines_together

log = structlog.get_logger("custody")

_ATTEMPTS: Final = 20


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


@dataclass(slots=True)
class Applied:
    """The result of a batch.

    Attributes:
        store_ahead_ms: how far the store's clock was ahead of the worker's, by the last round's first answer.
        unsettled: work that others kept overtaking; it is still where it came from.
        ask_again: by booking, the store's time where a commit was too early or too late by it.
    """

    committed: int = 0
    store_ahead_ms: int = 0
    unsettled: list[Work] = field(default_factory=list)
    ask_again: dict[str, datetime] = field(default_factory=dict)


class CommitRefusedError(RuntimeError):
    """The store refused a transition that the core decided. One of the two is wrong; a person must look."""


def apply(context: Context, shard: Shard, works: Sequence[Work]) -> Applied:
    """Apply each piece of work in its own commit, in as few round trips as possible.

    Raises:
        CommitRefusedError: the store's own check stopped a transition.
        UnreadableRecordError: a stored record cannot be read; nothing of `works` was written.
        redis.exceptions.RedisError: the store did not answer.
    """
    applied = Applied()
    waiting = list(works)
    for _ in range(_ATTEMPTS):
        if not waiting:
            return applied
        now = context.clock.now()
        instants = [applied.ask_again.get(work.booking, now) for work in waiting]
        waiting = _commit(shard, decide_all(context, shard, waiting, instants), now, applied)
    applied.unsettled = waiting
    return applied


def commit_decided(context: Context, shard: Shard, decisions: Iterable[Decision]) -> Applied:
    """Commit precomputed decisions, taking them one by one.

    One that no longer holds is dropped: another worker was faster, or its timer is still due and the next
    look at the timers finds it.

    Raises:
        CommitRefusedError, redis.exceptions.RedisError: as `apply`.
    """
    applied = Applied()
    _commit(shard, decisions, context.clock.now(), applied)
    return applied


def decide_all(
    context: Context, shard: Shard, works: Sequence[Work], instants: Sequence[datetime]
) -> Iterator[Decision]:
    """Decide each piece of work at its instant, ready to be committed.

    All records are read at once; decisions are made lazily, as they are taken.

    Raises:
        UnreadableRecordError: a stored record cannot be read.
        redis.exceptions.RedisError: the store did not answer.
    """
    stored, unreadable = records.load(shard.client, shard.keys, [work.booking for work in works])
    if unreadable:
        raise unreadable[0]
    return (
        _decide(context, shard, work, stored.get(work.booking), now)
        for work, now in zip(works, instants, strict=True)
    )


def _decide(context: Context, shard: Shard, work: Work, record: Record | None, now: datetime) -> Decision:
    """By the record's own rules, except where a person ordered the site's current ones."""
    by_record = context.rules_by_record
    rules = by_record.current if Reprofile() in work.facts else by_record.of(record)
    transition = decide(record, work.facts, rules, now)
    encoded = shard.committer.encode(_commit_of(work, transition))
    return Decision(work, encoded, transition.entries, transition.rejected)


def _commit(shard: Shard, decisions: Iterable[Decision], now: datetime, applied: Applied) -> list[Work]:
    """Commit, and log what was committed; return the work that must be decided again."""
    sent: list[Decision] = []

    def encoded() -> Iterator[Encoded]:
        for decision in decisions:
            sent.append(decision)
            yield decision.encoded

    again: list[Work] = []
    refused: tuple[Work, Answer] | None = None
    logger = log.bind()  # a module's lazy logger is assembled for every line
    with lines_together():
        for index, answer in shard.committer.write(encoded(), now):
            decision = sent[index]
            if index == 0:
                applied.store_ahead_ms = answer.store_ms - to_ms(now)
            if answer.outcome == CommitOutcome.COMMITTED:
                applied.committed += 1
                _log(logger, decision)
            elif answer.outcome.may_be_decided_again:
                again.append(decision.work)
                if answer.outcome != CommitOutcome.CONFLICT:
                    applied.ask_again[decision.work.booking] = from_ms(answer.store_ms)
            else:
                refused = decision.work, answer
    if refused is not None:
        work, answer = refused
        raise CommitRefusedError(
            f"booking {work.booking}: the store refused the commit ({answer.outcome.name.lower()}); "
            f"the record is unchanged: see `custody show {work.booking}`"
        )
    return again


def _commit_of(work: Work, transition: Transition) -> Commit:
    """A signal with nothing to do still sets the timer; events that change nothing are only settled."""
    writes_record = bool(transition.entries) or not work.inbox_ids
    return Commit(transition if writes_record else None, transition.rejected, work.inbox_ids)


def _log(logger: FilteringBoundLogger, decision: Decision) -> None:
    """One log line per journal entry: booking, event, version, outcome."""
    booking = decision.work.booking
    for entry in decision.entries:
        logger.info(
            "transition",
            booking=booking,
            version=entry.version,
            outcome=entry.outcome,
            cause=entry.cause,
            event_id=entry.event_id,
        )
    for rejected in decision.rejected:
        logger.warning("rejected", booking=booking, reason=rejected.reason, inbox_id=rejected.inbox_id)
