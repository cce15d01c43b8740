"""Applies facts to records: load, decide, commit; and decide again where another was quicker."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from worker.clock import Clock
from worker.custody.advance import Fact, Reprofile, fold
from worker.custody.record import Record
from worker.custody.transition import Transition
from worker.policies import Policies
from worker.site import Shard
from worker.store import records
from worker.store.commit import Answer, Commit, Committed, Reject
from worker.store.unix_ms import from_ms, to_ms

log = structlog.get_logger("custody")

_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Work:
    """Facts about one booking, in order, and the inbox entries that they came in."""

    booking: str
    facts: tuple[Fact, ...]
    inbox_ids: tuple[str, ...] = ()


@dataclass(slots=True)
class Done:
    """What came of a batch.

    Attributes:
        store_ahead_ms: how far the store's clock was ahead of the worker's at the last answer.
        unsettled: work that others kept overtaking; it is still where it came from.
    """

    committed: int = 0
    store_ahead_ms: int = 0
    unsettled: list[Work] = field(default_factory=list)


class CommitRefusedError(RuntimeError):
    """The store refused a transition that the core decided. One of the two is wrong; a person must look."""


def apply(shard: Shard, works: Sequence[Work], policies: Policies, clock: Clock) -> Done:
    """Apply each piece of work in a commit of its own, in as few round trips as can be.

    Raises:
        CommitRefusedError: the store's own check stopped a transition.
        UnreadableRecordError: a stored record cannot be read; nothing of this batch was written.
        redis.exceptions.RedisError: the store did not answer.
    """
    done = Done()
    waiting = list(works)
    ask_again: dict[str, datetime] = {}
    for _ in range(_ATTEMPTS):
        if not waiting:
            return done
        now = clock.now()
        stored, unreadable = records.load(shard.client, shard.keys, [work.booking for work in waiting])
        if unreadable:
            raise records.UnreadableRecordError(unreadable[0])
        decided = [
            _decide(work, stored.get(work.booking), policies, ask_again.get(work.booking, now))
            for work in waiting
        ]
        commits = [_commit(work, transition) for work, transition in zip(waiting, decided, strict=True)]
        answers = shard.committer.commit(commits, now)
        waiting = _account(waiting, decided, answers, done, ask_again)
        if answers:
            done.store_ahead_ms = answers[-1].store_ms - to_ms(now)
    done.unsettled = waiting
    return done


def _decide(work: Work, record: Record | None, policies: Policies, now: datetime) -> Transition:
    """By the record's own rules, except where a person asked for the site's current ones."""
    policy = policies.current if Reprofile() in work.facts else policies.of(record)
    return fold(record, work.facts, policy, now)


def _account(
    works: list[Work],
    decided: list[Transition],
    answers: list[Answer],
    done: Done,
    ask_again: dict[str, datetime],
) -> list[Work]:
    """Log what was committed; return what must be decided again, at the store's time where that mattered."""
    again = []
    refused: tuple[Work, Answer] | None = None
    for work, transition, answer in zip(works, decided, answers, strict=True):
        if answer.outcome == Committed.COMMITTED:
            done.committed += 1
            _tell(work, transition)
        elif answer.outcome.may_be_decided_again:
            again.append(work)
            if answer.outcome != Committed.CONFLICT:
                ask_again[work.booking] = from_ms(answer.store_ms)
        else:
            refused = work, answer
    if refused is not None:
        work, answer = refused
        raise CommitRefusedError(
            f"booking {work.booking}: the store refused the commit ({answer.outcome.name.lower()}); "
            f"the record is as before: see `custody show {work.booking}`"
        )
    return again


def _commit(work: Work, transition: Transition) -> Commit:
    """A signal with nothing to do still sets the timer right; events that change nothing are only settled."""
    rejects = tuple(
        Reject(refusal.raw.encode(), refusal.reason, refusal.detail, refusal.inbox_id)
        for refusal in transition.refusals
    )
    writes_record = bool(transition.entries) or not work.inbox_ids
    return Commit(transition if writes_record else None, rejects, work.inbox_ids)


def _tell(work: Work, transition: Transition) -> None:
    """One log line a journal entry: which booking, which event, which version, what came of it."""
    for entry in transition.entries:
        log.info(
            "transition",
            booking=work.booking,
            version=entry.version,
            outcome=entry.outcome,
            cause=entry.cause,
            event_id=entry.event_id,
        )
    for refusal in transition.refusals:
        log.warning("rejected", booking=work.booking, reason=refusal.reason, inbox_id=refusal.inbox_id)
