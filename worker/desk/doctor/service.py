"""Does it work: is a worker there, and is everybody released in time?"""

from worker.desk.doctor.census import LONGEST_LATE, Tally
from worker.desk.doctor.finding import Result, ok, unsafe, warning
from worker.desk.doctor.installation import Installation
from worker.law.errors import LawError
from worker.store import timers as stored_timers
from worker.store.awake import AWAKE_SECONDS, is_awake


def worker(installation: Installation) -> Result:
    """A pacemaker at every shard."""
    shards = installation.store.shards
    asleep = [shard.keys.shard for shard in shards if not is_awake(shard.client, shard.keys)]
    if not asleep:
        return ok("at work")
    which = f" of shard {', '.join(map(str, asleep))}" if len(shards) > 1 else ""
    return unsafe(
        f"none has been seen for {AWAKE_SECONDS} s, so nobody{which} is released: start `custody run`"
    )


def releases(installation: Installation) -> Result:
    """Nobody is held past the deadline, as the records say, and nothing is due, as the timers say."""
    store, late = installation.store, installation.census.late
    seconds = f"{LONGEST_LATE.total_seconds():.0f} s"
    if late.count:
        return unsafe(f"held more than {seconds} past the deadline: {late}: call for help now")
    now = store.store_now()
    due = sum(stored_timers.count_due(one.client, one.keys, now - LONGEST_LATE) for one in store.shards)
    if due:
        return unsafe(f"{due} bookings have been due for more than {seconds}: call for help now")
    return ok("nobody is late")


def timers(installation: Installation) -> Result:
    """Everybody held has a timer, and every record can be read."""
    census = installation.census
    held = f"{census.held} held"
    lost = []
    if census.without_timer.count:
        lost.append(f"without a timer: {census.without_timer}")
    if census.unreadable.count:
        lost.append(f"unreadable: {census.unreadable}")
    if census.missing:
        lost.append(f"{census.missing} timers are of bookings whose record is gone")
    if lost:
        return unsafe(f"{held}; {'; '.join(lost)}: call for help now")
    return ok(f"{held}, each with a timer and a record that can be read")


def rules(installation: Installation) -> Result:
    """Whose record is decided by other rules than the site's."""
    try:
        current = installation.profile
    except LawError:
        return warning("not compared with the profile set, which cannot be used")
    others = Tally()
    for fingerprint, held in installation.census.under.items():
        if fingerprint != current.fingerprint:
            others.merge(held)
    if not others.count:
        return ok(f"all held under {current.name}")
    return warning(
        f"held under other rules than {current.name}: {others}: they keep the rules of their booking; "
        f"`custody reprofile {installation.profile_name} --all-held --dry-run` shows what would change"
    )
