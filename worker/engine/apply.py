"""Applies facts to records: load, decide, commit; and decide again where another worker was faster."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from msgspec import Struct
from msgspec.structs import replace
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
    inbox_before: datetime | None = None
    """The release waits while an event that arrived before this, in UTC, is unsettled."""


@dataclass(slots=True)
class Applied:
    """The result of a batch.

    Attributes:
        store_ahead_ms: how far the store's clock was ahead of the worker's, by the last round's first answer.
        unsettled: work that others kept overtaking; it is still where it came from.
        inbox_first: releases that the store refused since an older event, of any booking, is unsettled.
        ask_again: by booking, the store's time at which to decide again.
        rejected: events that were set aside since no deadline can be computed with them.
    """

    committed: int = 0
    store_ahead_ms: int = 0
    unsettled: list[Work] = field(default_factory=list)
    inbox_first: list[Decision] = field(default_factory=list)
    ask_again: dict[str, datetime] = field(default_factory=dict)
    rejected: list[RejectedEvent] = field(default_factory=list)


class CommitRefusedError(RuntimeError):
    """The store refused a transition that the core decided. One of the two is wrong; a person must look."""


class FencedError(RuntimeError):
    """Another reader has taken over the inbox; nothing of this reader's last call was written."""


def apply(
    context: Context,
    shard: Shard,
    works: Sequence[Work],
    *,
    now: datetime | None = None,
    fence: str | None = None,
    cleared: Mapping[str, datetime] | None = None,
) -> Applied:
    """Apply each piece of work in its own commit, in as few round trips as possible.

    Args:
        now: the instant to decide at, in UTC; by the context's clock if None.
        fence: of the inbox's reader, for what it commits.
        cleared: by booking, the deadline, in UTC, at which its release does not wait for the inbox: no event
            about it that arrived before is unsettled, or it has waited long enough.

    Raises:
        CommitRefusedError: the store's own check stopped a transition.
        FencedError: `fence` is no longer the reader's.
        ProfileError: the profile of a record is not in the store.
        UnreadableRecordError: a stored record cannot be read; nothing of `works` was written.
        redis.exceptions.RedisError: the store did not answer.
    """
    applied = Applied()
    waiting = list(works)
    for _ in range(_ATTEMPTS):
        if not waiting:
            return applied
        at = now or context.clock.now()
        instants = [applied.ask_again.get(work.booking, at) for work in waiting]
        decisions = decide_all(context, shard, waiting, instants, cleared)
        waiting = _commit(shard, decisions, at, applied, fence)
    applied.unsettled = waiting
    return applied


def commit_decided(context: Context, shard: Shard, decisions: Iterable[Decision]) -> Applied:
    """Commit precomputed decisions, taking them one by one.

    One that no longer holds is dropped: another worker was faster, or its timer is still due and the next
    look at the timers finds it.

    Raises:
        CommitRefusedError, redis.exceptions.RedisError: as `apply`.
        ProfileError: as `decide_all`, if `decisions` are still being made.
    """
    applied = Applied()
    _commit(shard, decisions, context.clock.now(), applied, None)
    return applied


def decide_all(
    context: Context,
    shard: Shard,
    works: Sequence[Work],
    instants: Sequence[datetime],
    cleared: Mapping[str, datetime] | None = None,
) -> Iterator[Decision]:
    """Decide each piece of work at its instant, ready to be committed.

    All records are read at once; decisions are made lazily, as they are taken.

    Args:
        cleared: as `apply`.

    Raises:
        ProfileError: the profile of a record is not in the store; raised as its decision is taken.
        UnreadableRecordError: a stored record cannot be read.
        redis.exceptions.RedisError: the store did not answer.
    """
    stored, unreadable = records.load(shard.client, shard.keys, [work.booking for work in works])
    if unreadable:
        raise unreadable[0]
    return (
        _decide(context, shard, work, stored.get(work.booking), now, (cleared or {}).get(work.booking))
        for work, now in zip(works, instants, strict=True)
    )


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
    ordered = next((fact for fact in work.facts if isinstance(fact, Reprofile)), None)
    rules = by_record.known(ordered.fingerprint) if ordered else by_record.of(record)
    transition = decide(record, work.facts, rules, now)
    if cleared and transition.inbox_before and transition.inbox_before <= cleared:
        transition = replace(transition, inbox_before=None)
    encoded = shard.committer.encode(_commit_of(work, transition))
    return Decision(work, encoded, transition.entries, transition.rejected, transition.inbox_before)


def _commit(
    shard: Shard, decisions: Iterable[Decision], now: datetime, applied: Applied, fence: str | None
) -> list[Work]:
    """Commit, and log what was committed; return the work that must be decided again."""
    sent: list[Decision] = []

    def encoded() -> Iterator[Encoded]:
        for decision in decisions:
            sent.append(decision)
            yield decision.encoded

    again: list[Work] = []
    refused: list[tuple[Work, Answer]] = []
    logger = log.bind()  # a module's lazy logger is assembled for every line
    with lines_together():
        for index, answer in shard.committer.write(encoded(), now, fence):
            decision = sent[index]
            if index == 0:
                applied.store_ahead_ms = answer.store_ms - to_ms(now)
            match answer.outcome:
                case CommitOutcome.COMMITTED:
                    applied.committed += 1
                    applied.rejected += decision.rejected
                    _log(logger, decision)
                case CommitOutcome.INBOX_FIRST:
                    applied.inbox_first.append(decision)
                case CommitOutcome.CONFLICT:
                    again.append(decision.work)
                case CommitOutcome.TOO_EARLY | CommitOutcome.TOO_LATE:
                    again.append(decision.work)
                    applied.ask_again[decision.work.booking] = from_ms(answer.store_ms)
                case _:
                    refused.append((decision.work, answer))
    if refused:
        raise _refusal(*refused[-1])
    return again


def _refusal(work: Work, answer: Answer) -> Exception:
    if answer.outcome == CommitOutcome.FENCED:
        return FencedError("another reader has taken over the inbox")
    return CommitRefusedError(
        f"booking {work.booking}: the store refused the commit ({answer.outcome.name.lower()}); "
        f"the record is unchanged: see `custody show {work.booking}`"
    )


def _commit_of(work: Work, transition: Transition) -> Commit:
    """A tick with nothing to do still sets the timer; events that change nothing are only settled."""
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
