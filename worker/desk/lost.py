"""What the store has lost, and who has accepted that."""

from pathlib import Path

from worker.store import identity, losses
from worker.store.context import Context
from worker.store.losses import Loss, RememberedIds


def losses_of(context: Context, data_dir: Path) -> list[Loss]:
    """Every loss of every shard, oldest first, accepted ones too.

    Args:
        data_dir: where a worker keeps which store it has worked; that this one is gone is recorded here, too.
    """
    remembered = RememberedIds(data_dir)
    marks = identity.establish(context.client, [shard.keys for shard in context.shards])
    for shard, mark in zip(context.shards, marks, strict=True):
        missed = losses.missed_store(shard.client, shard.keys, remembered.of(shard.keys), mark)
        if missed:
            losses.record(shard.client, shard.keys, missed)
    found = [loss for shard in context.shards for loss in losses.every(shard.client, shard.keys)]
    return sorted(found, key=lambda loss: loss.noticed_at_ms)


def accept_loss(context: Context, data_dir: Path, loss_id: str, by: str) -> bool:
    """A person has dealt with a loss; False if none with this id waits.

    Args:
        data_dir: as `losses_of`.
    """
    losses_of(context, data_dir)
    waiting = [
        (shard, loss)
        for shard in context.shards
        for loss in losses.unaccepted(shard.client, shard.keys)
        if loss.id == loss_id
    ]
    for shard, loss in waiting:
        losses.accept(shard.client, shard.keys, loss, by)
    return bool(waiting)
