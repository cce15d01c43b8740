"""Notices what no reply of the store says: it was emptied or exchanged, or events were deleted unread."""

from pathlib import Path

import structlog

from worker.engine.refusals import report_losses
from worker.store import identity, losses
from worker.store.context import Context, Shard
from worker.store.identity import Identity
from worker.store.losses import RememberedIds

log = structlog.get_logger("custody")


class GuardStore:
    """Compares the store's mark with the one remembered, and counts what left the inbox.

    An emptied store is made ready again at once, so that whoever is booked from then on has a clock.
    """

    interval_seconds = 1.0

    def __init__(self, data_dir: Path) -> None:
        self._remembered = RememberedIds(data_dir)
        self._marks: list[Identity] = []

    def do(self, context: Context) -> None:
        """Look at every shard."""
        marks = identity.establish(context.client, [shard.keys for shard in context.shards])
        for shard, mark in zip(context.shards, marks, strict=True):
            self._compare(shard, mark)
            report_losses(shard, context.clock.now())
        if marks != self._marks:
            context.establish()
            self._marks = marks

    def _compare(self, shard: Shard, mark: Identity) -> None:
        remembered = self._remembered.of(shard.keys)
        missed = losses.missed_store(shard.client, shard.keys, remembered, mark)
        if missed:
            losses.record(shard.client, shard.keys, missed)
        elif remembered != mark.id:
            self._remember(shard, mark)

    def _remember(self, shard: Shard, mark: Identity) -> None:
        try:
            self._remembered.remember(shard.keys, mark.id)
        except OSError as error:
            log.warning("store_id_not_kept", problem=error.strerror)
