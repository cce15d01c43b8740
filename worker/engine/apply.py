"""Applies facts to records: load, decide, commit; and decide again where another worker was faster."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from structlog.typing import FilteringBoundLogger

from worker.clock import monotonic_us
from worker.custody.transition import RejectedEvent
from worker.engine.alarms import log_alarm
from worker.engine.deciding import Decision, Work, decide_all
from worker.store.commit import Answer, CommitOutcome, Encoded
from worker.store.context import Context, Shard
from worker.store.unix_ms import from_ms

log = structlog.get_logger("custody")

_ATTEMPTS: Final = 20


@dataclass(slots=True)
class Applied:
    """The result of a batch.

    Attributes:
        unsettled: work that others kept overtaking; it is still where it came from.
        inbox_first: releases that the store refused since an older event, of any booking, is unsettled.
        ask_again: by booking, the store's time at which to decide again.
        rejected: events that were set aside since no deadline can be computed with them.
    """

    committed: int = 0
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
    failed: dict[str, Exception] | None = None,
) -> Applied:
    """Apply each piece of work in its own commit, in as few round trips as possible.

    Args:
        now: the instant to decide at, in UTC; by the context's clock if None.
        fence: of the inbox's reader, for what it commits.
        cleared: by booking, the deadline, in UTC, at which its release does not wait for the inbox: no event
            about it that arrived before is unsettled, or it has waited long enough.
        failed: takes, by booking, why work cannot be done, and the rest is done; if None, that is raised.

    Raises:
        CommitRefusedError: the store's own check stopped a transition.
        FencedError: `fence` is no longer the reader's.
        MissingProfileError: as `decide_all`.
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
        decisions = decide_all(context, shard, waiting, instants, cleared, failed)
        waiting = _commit(context, shard, decisions, at, applied, fence, failed)
    applied.unsettled = waiting
    return applied


def commit_decided(context: Context, shard: Shard, decisions: Iterable[Decision]) -> Applied:
    """Commit precomputed decisions, taking them one by one.

    One that no longer holds is dropped: another worker was faster, or its timer is still due and the next
    look at the timers finds it.

    Raises:
        CommitRefusedError, redis.exceptions.RedisError: as `apply`.
        MissingProfileError: as `decide_all`, if `decisions` are still being made.
    """
    applied = Applied()
    _commit(context, shard, decisions, context.clock.now(), applied, None)
    return applied


def _commit(
    context: Context,
    shard: Shard,
    decisions: Iterable[Decision],
    now: datetime,
    applied: Applied,
    fence: str | None,
    failed: dict[str, Exception] | None = None,
) -> list[Work]:
    """Commit, and log what was committed; return the work that must be decided again."""
    sent: list[Decision] = []

    def encoded() -> Iterator[Encoded]:
        for decision in decisions:
            sent.append(decision)
            yield decision.encoded

    again: list[Work] = []
    refused: list[tuple[Work, Answer]] = []
    asked_at_us = monotonic_us()
    logger = log.bind()  # a module's lazy logger is assembled for every line
    for index, answer in shard.committer.write(encoded(), now, fence):
        decision = sent[index]
        if index == 0:
            context.learn_time(answer.store_ms, asked_at_us)
        match answer.outcome:
            case CommitOutcome.COMMITTED:
                applied.committed += 1
                applied.rejected += decision.rejected
                _log(logger, decision)
                if decision.due_at is not None:
                    context.on_deadline_release(from_ms(answer.store_ms) - decision.due_at)
            case CommitOutcome.INBOX_FIRST:
                applied.inbox_first.append(decision)
            case CommitOutcome.CONFLICT:
                again.append(decision.work)
            case CommitOutcome.TOO_EARLY | CommitOutcome.TOO_LATE:
                again.append(decision.work)
                applied.ask_again[decision.work.booking] = from_ms(answer.store_ms)
            case _:
                refused.append((decision.work, answer))
    _report_refused(refused, failed)
    return again


def _report_refused(refused: list[tuple[Work, Answer]], failed: dict[str, Exception] | None) -> None:
    for work, answer in refused:
        refusal = _refusal(work, answer)
        if failed is None or isinstance(refusal, FencedError):
            raise refusal
        failed[work.booking] = refusal


def _refusal(work: Work, answer: Answer) -> Exception:
    if answer.outcome == CommitOutcome.FENCED:
        return FencedError("another reader has taken over the inbox")
    return CommitRefusedError(
        f"booking {work.booking}: the store refused the commit ({answer.outcome.name.lower()}); "
        f"the record is unchanged: see `custody show {work.booking}`"
    )


def _log(logger: FilteringBoundLogger, decision: Decision) -> None:
    """One log line per journal entry, rejected event and alarm."""
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
    for alarm in decision.alarms:
        log_alarm(alarm)
