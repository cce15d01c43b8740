"""Does anything wait for too long: events to be taken in, refused events for a person?"""

from datetime import timedelta
from typing import Final

from worker.desk.doctor.finding import Result, ok, unsafe, warning
from worker.desk.doctor.installation import Installation
from worker.desk.rejected import waiting_for_a_person

_LONGEST_WAIT: Final = timedelta(seconds=10)
_LONGEST_UNATTENDED: Final = timedelta(hours=1)


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
    """Refused events that nobody has dealt with: what they say is not in force."""
    waiting = [item.rejection for item in waiting_for_a_person(installation.store)]
    if not waiting:
        return ok("none waits")
    oldest = min(waiting, key=lambda one: one.rejected_at)
    about = oldest.booking or "an unreadable booking number"
    waited = installation.store.store_now() - installation.store.by_clock(oldest.rejected_at)
    minutes = f"{waited.total_seconds() / 60:.0f} min"
    detail = f"{len(waiting)} wait for a person, for {minutes} the one about {about}: `custody rejects list`"
    return unsafe(detail) if waited > _LONGEST_UNATTENDED else warning(detail)
