"""Applies facts to records: load, decide, commit; and decide again where another was quicker."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

import structlog
from msgspec import Struct
from structlog.typing import FilteringBoundLogger

from worker.clock import Clock
from worker.custody.advance import Fact, Reprofile, fold
from worker.custody.journal import Entry
from worker.custody.record import Record
from worker.custody.transition import Refusal, Transition
from worker.policies import Policies
from worker.site import Shard
from worker.store import records
from worker.store.commit import Answer, Commit, Committed, Committer, Encoded, Reject
from worker.store.unix_ms import from_ms, to_ms
from worker.telemetry import lines_together

log = structlog.get_logger("custody")

_ATTEMPTS = 20

_LOT = 10
"""Ten decided, then ten encoded, takes a tenth less time than one after another: the processor's caches."""


class Work(Struct, frozen=True):
    """Facts about one booking, in order, and the inbox entries that they came in."""

    booking: str
    facts: tuple[Fact, ...]
    inbox_ids: tuple[str, ...] = ()


class Decision(Struct, frozen=True):
    """What is to be committed for a piece of work, and what is to be logged once it is."""

    work: Work
    encoded: Encoded
    entries: tuple[Entry, ...]
    refusals: tuple[Refusal, ...]


@dataclass(slots=True)
class Done:
    """What came of a batch.

    Attributes:
        store_ahead_ms: how far the store's clock was ahead of the worker's, by the last round's first answer.
        unsettled: work that others kept overtaking; it is still where it came from.
    """

    committed: int = 0
    store_ahead_ms: int = 0
    unsettled: list[Work] = field(default_factory=list)
    ask_again: dict[str, datetime] = field(default_factory=dict)
    """The store's time, where a commit was too early or too late by it."""


class CommitRefusedError(RuntimeError):
    """The store refused a transition that the core decided. One of the two is wrong; a person must look."""


def apply(shard: Shard, works: Sequence[Work], policies: Policies, clock: Clock) -> Done:
    """Apply each piece of work in a commit of its own, in as few round trips as can be.

    Raises:
        CommitRefusedError: the store's own check stopped a transition.
        UnreadableRecordError: a stored record cannot be read; nothing of `works` was written.
        redis.exceptions.RedisError: the store did not answer.
    """
    done = Done()
    waiting = list(works)
    for _ in range(_ATTEMPTS):
        if not waiting:
            return done
        now = clock.now()
        instants = [done.ask_again.get(work.booking, now) for work in waiting]
        waiting = _commit(shard, decide(shard, waiting, instants, policies), now, done)
    done.unsettled = waiting
    return done


def commit_decided(shard: Shard, decisions: Iterable[Decision], clock: Clock) -> Done:
    """Commit what was decided ahead, taking the decisions one by one.

    Where one no longer holds, another worker was quicker, or its timer is still due: either way that is found
    out when the timers are next looked at.

    Raises:
        CommitRefusedError, redis.exceptions.RedisError: as `apply`.
    """
    done = Done()
    _commit(shard, decisions, clock.now(), done)
    return done


def decide(
    shard: Shard, works: Sequence[Work], instants: Sequence[datetime], policies: Policies
) -> Iterator[Decision]:
    """What each piece of work comes to at its instant, ready to be committed.

    All records are read at once; the decisions are made some at a time, when they are asked for.

    Raises:
        UnreadableRecordError: a stored record cannot be read.
        redis.exceptions.RedisError: the store did not answer.
    """
    stored, unreadable = records.load(shard.client, shard.keys, [work.booking for work in works])
    if unreadable:
        raise records.UnreadableRecordError(unreadable[0])
    return _decide(shard.committer, zip(works, instants, strict=True), stored, policies)


def _decide(
    committer: Committer,
    works: Iterator[tuple[Work, datetime]],
    stored: Mapping[str, Record],
    policies: Policies,
) -> Iterator[Decision]:
    while lot := list(islice(works, _LOT)):
        decided = [(work, _fold(work, stored.get(work.booking), policies, now)) for work, now in lot]
        yield from [
            Decision(
                work, committer.encode(_commit_of(work, transition)), transition.entries, transition.refusals
            )
            for work, transition in decided
        ]


def _fold(work: Work, record: Record | None, policies: Policies, now: datetime) -> Transition:
    """By the record's own rules, except where a person asked for the site's current ones."""
    policy = policies.current if Reprofile() in work.facts else policies.of(record)
    return fold(record, work.facts, policy, now)


def _commit(shard: Shard, decisions: Iterable[Decision], now: datetime, done: Done) -> list[Work]:
    """Commit, log what was committed; return what must be decided again."""
    sent: list[Decision] = []

    def encoded() -> Iterator[Encoded]:
        for decision in decisions:
            sent.append(decision)
            yield decision.encoded

    again = []
    refused: tuple[Work, Answer] | None = None
    # Bound here: the lazy logger of a module is put together anew for every line.
    logger = log.bind()
    with lines_together():
        for index, answer in shard.committer.write(encoded(), now):
            decision = sent[index]
            if index == 0:
                done.store_ahead_ms = answer.store_ms - to_ms(now)
            if answer.outcome == Committed.COMMITTED:
                done.committed += 1
                _tell(logger, decision)
            elif answer.outcome.may_be_decided_again:
                again.append(decision.work)
                if answer.outcome != Committed.CONFLICT:
                    done.ask_again[decision.work.booking] = from_ms(answer.store_ms)
            else:
                refused = decision.work, answer
    if refused is not None:
        work, answer = refused
        raise CommitRefusedError(
            f"booking {work.booking}: the store refused the commit ({answer.outcome.name.lower()}); "
            f"the record is as before: see `custody show {work.booking}`"
        )
    return again


def _commit_of(work: Work, transition: Transition) -> Commit:
    """A signal with nothing to do still sets the timer right; events that change nothing are only settled."""
    rejects = tuple(
        Reject(refusal.raw.encode(), refusal.reason, refusal.detail, refusal.inbox_id)
        for refusal in transition.refusals
    )
    writes_record = bool(transition.entries) or not work.inbox_ids
    return Commit(transition if writes_record else None, rejects, work.inbox_ids)


def _tell(logger: FilteringBoundLogger, decision: Decision) -> None:
    """One log line a journal entry: which booking, which event, which version, what came of it."""
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
    for refusal in decision.refusals:
        logger.warning("rejected", booking=booking, reason=refusal.reason, inbox_id=refusal.inbox_id)
