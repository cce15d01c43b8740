"""Commits made by hand, as a worker makes them."""

from datetime import datetime

from tests.support.worker_by_hand import put
from worker.custody.same_alarm import raised
from worker.custody.transition import RejectedEvent, Transition
from worker.engine.alarms import compose
from worker.store.commit import Commit, CommitOutcome
from worker.store.context import Context


def commit(context: Context, *commits: Commit, at: datetime | None = None) -> list[CommitOutcome]:
    """Commit in one batch; return the outcome of each."""
    answers = context.shards[0].committer.commit(commits, at or context.clock.now())
    return [answer.outcome for answer in answers]


def full_commit(context: Context, transition: Transition) -> Commit:
    """A commit that writes to every key: with a reject, an alarm, and an inbox entry to settle."""
    [inbox_id] = put(context, b"whatever")
    reader = context.shards[0].inbox.reader()
    reader.read(100)
    reader.release()
    alarm = compose("clock_skew", "a sample", event_id="alarm")
    return Commit(
        transition, (RejectedEvent(b"whatever", "not_json", "", inbox_id),), (inbox_id,), (raised(alarm),)
    )
