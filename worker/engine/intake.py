"""Works the inbox: a batch of events is read, sorted by booking, applied and settled.

Each shard has one reader at a time, so that the events of a booking take effect in the order of the inbox.
Whatever fails is tried again before anything newer is read.
"""

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from datetime import datetime
from typing import Final

import structlog

from worker.custody.decide import Received
from worker.engine.apply import Applied, FencedError, apply
from worker.engine.deciding import Work
from worker.engine.refusals import refusing, report_losses, report_rejected, report_removed
from worker.engine.sorting import may_be_tried_again, setting_aside, sort
from worker.store.commit import Commit, CommitOutcome
from worker.store.connection import UNREACHABLE
from worker.store.context import Context, Shard
from worker.store.inbox import READ_AT_ONCE
from worker.store.inbox_reader import Claimed

log = structlog.get_logger("custody")

BATCH: Final = READ_AT_ONCE

TASK_SECONDS: Final = 1.0


def drain(context: Context, shard: Shard) -> int:
    """Work the inbox until nothing is left to read; return how many entries there were.

    Returns 0 if another reader is at work. Stops after a second so that shutdown is quick; the next signal
    resumes.
    """
    until = time.monotonic() + TASK_SECONDS
    worked = 0
    with closing(_batches(context, shard)) as batches:
        for batch in batches:
            worked += batch
            if time.monotonic() >= until:
                break
    return worked


def work_one_batch(context: Context, shard: Shard) -> int:
    """Work one batch; return how many entries it had, 0 if another reader is at work."""
    with closing(_batches(context, shard)) as batches:
        return next(batches, 0)


def try_one_batch(context: Context, shard: Shard) -> int:
    """As `work_one_batch`, for the pacemaker: a failure is logged, since releases must go on.

    Raises:
        redis.exceptions.RedisError: the store cannot be reached.
    """
    try:
        return work_one_batch(context, shard)
    except UNREACHABLE:
        raise
    except Exception:
        log.exception("intake_failed", shard=shard.keys.shard)
        return 0


def _batches(context: Context, shard: Shard) -> Generator[int, None, None]:
    """Work batch after batch for as long as this is the reader; give the size of each."""
    reader, size = shard.inbox.reader(), shard.inbox.batch_size
    asked = min(BATCH, size.now)
    try:
        while claimed := reader.read(asked):
            if claimed.lost:
                report_losses(shard, context.clock.now())
            is_done = _work(context, shard, claimed, reader.fence)
            size.grow()
            yield len(claimed.deliveries)
            if not is_done:
                # It is tried again with the next signal, before anything newer is read.
                return
            asked = min(BATCH, size.now)
    except UNREACHABLE:
        size.shrink(asked)
        raise
    except FencedError:
        log.warning("reader_overtaken", shard=shard.keys.shard)
    finally:
        reader.release()


def _work(context: Context, shard: Shard, claimed: Claimed, fence: str) -> bool:
    """Apply one batch; False if some of it must be tried again. Work that fails is tried event by event."""
    # A simulated time is unknown to the store.
    now = context.clock.now() if context.simulated else claimed.store_now
    batch = sort(context, shard, claimed.deliveries, now)
    report_removed(shard, batch.removed, now)
    _move(context, batch.misplaced)
    _settle(shard, [*refusing(shard, batch.rejected), *batch.settled_at_once], now, fence)
    works = [
        Work(booking, tuple(facts), tuple(fact.inbox_id for fact in facts))
        for booking, facts in batch.received.items()
    ]
    failed: dict[str, Exception] = {}
    is_applied = True
    try:
        is_applied = not _apply(context, shard, works, now, fence, failed).unsettled
    except (*UNREACHABLE, FencedError):
        raise
    except Exception:
        log.exception("batch_failed", entries=len(claimed.deliveries))
        alone = works
    else:
        alone = [work for work in works if work.booking in failed]
    tried = [_work_alone(context, shard, work, now, fence) for work in alone]
    return all((is_applied, *tried, not batch.left))


def _apply(
    context: Context,
    shard: Shard,
    works: Sequence[Work],
    now: datetime,
    fence: str,
    failed: dict[str, Exception] | None = None,
) -> Applied:
    applied = apply(context, shard, works, now=now, fence=fence, failed=failed)
    report_rejected(shard, applied.rejected, now)
    return applied


def _move(context: Context, misplaced: Sequence[tuple[str, bytes]]) -> None:
    """Put events into the inbox of the shard that their booking lives on; repeats are harmless there."""
    for inbox, raw in misplaced:
        context.client.xadd(inbox, {"event": raw})


def _settle(shard: Shard, commits: Sequence[Commit], now: datetime, fence: str) -> None:
    for answer in shard.committer.commit(commits, now, fence):
        if answer.outcome == CommitOutcome.FENCED:
            raise FencedError


def _work_alone(context: Context, shard: Shard, work: Work, now: datetime, fence: str) -> bool:
    """Apply a booking's events one at a time, so that a poison message takes no other with it.

    False if one is to be tried again; those after it then wait for it.
    """
    for fact in (fact for fact in work.facts if isinstance(fact, Received)):
        alone = Work(work.booking, (fact,), (fact.inbox_id,))
        try:
            if _apply(context, shard, [alone], now, fence).unsettled:
                return False
        except (*UNREACHABLE, FencedError):
            raise
        except Exception:
            if may_be_tried_again(shard, fact.inbox_id, work.booking):
                return False
            _settle(shard, [setting_aside(fact.raw.encode(), fact.inbox_id, work.booking)], now, fence)
    return True
