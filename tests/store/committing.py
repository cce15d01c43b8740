"""Commits by hand, as a worker's shell does."""

from datetime import datetime

from working import put

from worker.alarms import compose
from worker.custody.transition import Transition
from worker.site import Site
from worker.store.commit import Commit, Committed, Reject


def commit(site: Site, *commits: Commit, at: datetime | None = None) -> list[Committed]:
    """The outcome of each commit, in one batch."""
    answers = site.shards[0].committer.commit(commits, at or site.clock.now())
    return [answer.outcome for answer in answers]


def laden(site: Site, transition: Transition) -> Commit:
    """A commit that writes to every key: with a reject, an alarm, and an inbox entry to settle."""
    [inbox_id] = put(site, b"whatever")
    site.shards[0].inbox.take(100)
    alarm = compose("clock_skew", "made up", event_id="alarm")
    return Commit(transition, (Reject(b"whatever", "not_json", "", inbox_id),), (inbox_id,), (alarm,))
