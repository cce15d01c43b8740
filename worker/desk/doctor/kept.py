"""Is it the store that it was, with all that was put into it?"""

from worker.desk.doctor.finding import Result, ok, unsafe, warning
from worker.desk.doctor.installation import Installation
from worker.store import identity as marks
from worker.store import losses as stored_losses
from worker.store.losses import RememberedIds


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
