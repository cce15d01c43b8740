"""Drops what nobody will ask for again."""

from typing import Final

from worker.store.context import Context

_FORGET_CONSUMERS_MS: Final = 24 * 3_600_000


class Tidy:
    """Forgets the consumer names of workers that are long gone."""

    interval_seconds = 60.0

    def do(self, context: Context) -> None:
        """Tidy every shard."""
        for shard in context.shards:
            shard.inbox.forget_idle_consumers(_FORGET_CONSUMERS_MS)
