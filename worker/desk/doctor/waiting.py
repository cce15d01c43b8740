"""Does anything wait for too long: events to be taken in, notices to be sent, what needs a person?"""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from events.outbound import AlarmCode
from worker.desk.alarms import MAY_BE_HELD_UNLAWFULLY, waiting_alarms
from worker.desk.doctor.census import Tally
from worker.desk.doctor.finding import Result, ok, unsafe, warning
from worker.desk.doctor.installation import Installation
from worker.desk.rejected import waiting_for_a_person
from worker.store import sinks, wrong_types
from worker.store.inbox import unread_inboxes
from worker.store.outbox import position
from worker.store.unix_ms import from_ms
from worker.store.waits import wait_seen

_LONGEST_WAIT: Final = timedelta(seconds=10)
_LONGEST_NOTICE_WAIT: Final = timedelta(seconds=60)
_SEEN_BY_ANOTHER_CHECK: Final[frozenset[AlarmCode]] = frozenset({"event_refused"})
"""Of a refused event that somebody has dealt with, the alarm alone needs nobody at once."""
_LONGEST_UNATTENDED: Final = timedelta(hours=1)
_ID_AHEAD: Final = timedelta(seconds=2)


def inbox(installation: Installation) -> Result:
    """Events that upstream has sent, by their ids and by what a worker has seen."""
    store = installation.store
    now, waiting, oldest, is_ahead = store.store_now(), 0, timedelta(0), False
    all_read = True
    for shard in store.shards:
        waiting += shard.inbox.waiting()
        if (oldest_id := shard.inbox.oldest_id()) is not None:
            arrived_at = store.arrived_at(oldest_id)
            is_ahead |= arrived_at > now + _ID_AHEAD
            seen = timedelta(seconds=wait_seen(shard.client, shard.keys, "inbox"))
            oldest = max(oldest, now - arrived_at, seen)
            all_read &= shard.inbox.is_read()
    if strays := unread_inboxes(store.client, len(store.shards)):
        return unsafe(
            f"events are in {', '.join(strays)}, which nobody reads with CUSTODY_SHARDS={len(store.shards)}: "
            "correct the number of shards upstream, send these events again, then delete the key"
        )
    detail = f"{waiting} events wait"
    if is_ahead:
        detail += "; the oldest has an id ahead of the store's clock, so only a worker knows for how long"
    if oldest > _LONGEST_WAIT:
        seconds = f"{oldest.total_seconds():.0f} s"
        who = "a worker takes them in, too slowly" if all_read else "no worker takes them in at this moment"
        return unsafe(f"{detail}, the oldest for {seconds}: {who}")
    return ok(detail)


def notices(installation: Installation) -> Result:
    """Notices that a sink has not come to yet, and those that their receivers do not take."""
    store = installation.store
    now, oldest, stuck = store.store_now(), timedelta(0), set[str]()
    failing: Counter[str] = Counter()
    for shard in store.shards:
        shown = timedelta(seconds=wait_seen(shard.client, shard.keys, "outbox"))
        for sink, head in sinks.not_reached(shard.client, shard.keys).items():
            failing[sink] += sinks.count_failing(shard.client, shard.keys, sink)
            waited = max(now - store.by_clock(from_ms(position(head)[0])), shown) if head else timedelta(0)
            oldest = max(oldest, waited)
            if waited > _LONGEST_NOTICE_WAIT:
                stuck.add(sink)
    if stuck:
        seconds = f"{oldest.total_seconds():.0f} s"
        return unsafe(
            f"sink {', '.join(sorted(stuck))}: nothing delivered for {seconds}: nobody is sent a notice"
        )
    not_taken = ", ".join(f"{sink} {count}" for sink, count in failing.items() if count)
    if not_taken:
        return warning(
            f"not taken yet, and tried again: {not_taken}: see `custody notices list --undelivered`"
        )
    return ok("none waits")


def undelivered_notices(installation: Installation) -> Result:
    """Notices that were given up, and sinks that a receiver has disabled."""
    shards = installation.store.shards
    count = sum(len(sinks.dead_letters(shard.client, shard.keys)) for shard in shards)
    disabled = {sink for shard in shards for sink in sinks.disabled(shard.client, shard.keys)}
    said = [f"{count} were given up: see `custody notices list --undelivered`"] if count else []
    said += [f"sink {sink} is disabled: see `custody notices enable {sink}`" for sink in sorted(disabled)]
    return unsafe("; ".join(said)) if said else ok("none")


def keys(installation: Installation) -> Result:
    """Keys that another program has overwritten."""
    shards = installation.store.shards
    wrong = [key for shard in shards for key in wrong_types.found(shard.client, shard.keys)]
    if not wrong:
        return ok("of the right types")
    return unsafe(f"another program has overwritten {', '.join(wrong)}: look at each, then remove it")


def alarms(installation: Installation) -> Result:
    """Alarms that nobody has acknowledged. Some say that people may be held unlawfully: those are urgent."""
    items = waiting_alarms(installation.store)
    waiting = [item.alarm for item in items if item.alarm.code not in _SEEN_BY_ANOTHER_CHECK]
    if not waiting:
        return ok("none waits")
    codes = Counter(alarm.code for alarm in waiting)
    listed = ", ".join(f"{code} {count}" for code, count in codes.most_common())
    detail = f"{len(waiting)} wait for a person: {listed}: see `custody alarms list`"
    long_ago = installation.store.store_now() - _LONGEST_UNATTENDED
    urgent = {
        alarm.code for alarm in waiting if alarm.code in MAY_BE_HELD_UNLAWFULLY and alarm.first_at < long_ago
    }
    if not urgent:
        return warning(detail)
    return unsafe(f"{detail}; for more than an hour, though people may be held unlawfully: {_and(urgent)}")


def _and(codes: Iterable[str]) -> str:
    return ", ".join(sorted(codes))


def rejected(installation: Installation) -> Result:
    """Refused events that nobody has dealt with: what they say is not in force."""
    waiting = [item.rejection for item in waiting_for_a_person(installation.store)]
    if not waiting:
        return ok("none waits")
    about = Tally()
    for booking in dict.fromkeys(one.booking for one in waiting if one.booking):
        about.add(booking)
    since = min(one.rejected_at for one in waiting)
    waited = installation.store.store_now() - installation.store.by_clock(since)
    detail = (
        f"{len(waiting)} wait for a person, the oldest for {waited.total_seconds() / 60:.0f} min; "
        f"booking numbers in them: {about}: see `custody rejects list`"
    )
    return unsafe(detail) if waited > _LONGEST_UNATTENDED else warning(detail)
