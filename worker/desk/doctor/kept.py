"""Is it the store that it was, with all that was put into it?"""

from worker.desk.doctor.census import Tally
from worker.desk.doctor.finding import Result, ok, unsafe, warning
from worker.desk.doctor.installation import Installation
from worker.store import identity as marks
from worker.store import kept_profiles
from worker.store import losses as stored_losses
from worker.store.losses import RememberedIds


def cut_tails(installation: Installation) -> Result:
    """Damaged ends of the embedded store's file: cut off at a start, and kept for a person."""
    found = sorted(path.name for path in installation.data_dir.glob("valkey/appendonlydir/*.cut-*"))
    if not found:
        return ok("none")
    return warning(
        f"{', '.join(found)}: damaged and cut off when the store started: compare the roster "
        "(`custody reconcile`), then move the files away"
    )


def losses(installation: Installation) -> Result:
    """The store that this installation worked is still there, and nobody but the clock removes events."""
    store, remembered = installation.store, RememberedIds(installation.data_dir)
    found: dict[str, str] = {}
    present = marks.read(store.client, [shard.keys for shard in store.shards])
    for shard, mark in zip(store.shards, present, strict=True):
        missed = stored_losses.missed_store(shard.client, shard.keys, remembered.of(shard.keys), mark)
        waiting = stored_losses.unaccepted(shard.client, shard.keys)
        found |= {loss.id: loss.describe() for loss in [*([missed] if missed else []), *waiting]}
    return unsafe("; ".join(found.values())) if found else ok("none, or all accepted by a person")


def identity(installation: Installation) -> Result:
    """What the store says of itself; one that does not fit is refused as a whole."""
    store = installation.store
    present = marks.read(store.client, [shard.keys for shard in store.shards])
    unmarked = [str(shard.keys.shard) for shard, mark in zip(store.shards, present, strict=True) if not mark]
    if unmarked:
        return warning(f"not in use yet: shard {', '.join(unmarked)} has no mark")
    ids = ", ".join(mark.id for mark in present if mark)
    return ok(f"shards {len(present)}, key format {marks.KEY_FORMAT}, id {ids}")


def profiles(installation: Installation) -> Result:
    """The rules under which people are held are in the store, and say what they said at the booking."""
    store = installation.store
    every_keys = [shard.keys for shard in store.shards]
    without = Tally()
    for fingerprint, held in installation.census.under.items():
        if all(kept_profiles.load(store.client, keys, fingerprint) is None for keys in every_keys):
            without.merge(held)
    if without.count:
        return unsafe(
            f"the rules of their booking are missing or damaged: {without}: they are released in time, but "
            "nothing can be sent to ICE: restore the store's `profiles` key"
        )
    damaged = {found for keys in every_keys for found in kept_profiles.damaged(store.client, keys)}
    if damaged:
        return warning(f"damaged, of nobody who is held: {', '.join(sorted(damaged))}")
    return ok("whole")
