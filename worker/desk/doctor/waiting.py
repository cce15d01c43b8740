"""Does anything wait for too long: events to be taken in, refused events for a person?"""

from datetime import timedelta
from typing import Final

from worker.desk.doctor.finding import Result, ok, unsafe, warning
from worker.desk.doctor.installation import Installation
from worker.store import rejects

_LONGEST_WAIT: Final = timedelta(seconds=10)


def inbox(installation: Installation) -> Result:
    """Events that upstream has sent."""
    store = installation.store
    now, waiting, oldest = store.store_now(), 0, timedelta(0)
    for shard in store.shards:
        waiting += shard.inbox.waiting()
        if (oldest_id := shard.inbox.oldest_id()) is not None:
            oldest = max(oldest, now - store.arrived_at(oldest_id))
    if oldest > _LONGEST_WAIT:
        seconds = f"{oldest.total_seconds():.0f} s"
        return unsafe(f"{waiting} events wait, the oldest for {seconds}: nobody takes them in")
    return ok(f"{waiting} events wait")


def rejected(installation: Installation) -> Result:
    """Events that were refused."""
    shards = installation.store.shards
    count = sum(rejects.count_not_replayed(shard.client, shard.keys) for shard in shards)
    return warning(f"{count} events rejected: see `custody rejects list`") if count else ok("none")
