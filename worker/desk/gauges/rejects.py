"""How many refused events wait for a person, without reading again those that were read before."""

from datetime import datetime, timedelta

from worker.desk.gauges.answers import Waiting
from worker.store import rejects
from worker.store.context import OpenStore, Shard
from worker.store.outbox import BEGINNING


class RejectsWaiting:
    """Remembers, by shard, which waited: nobody takes back that one is dealt with. One thread at a time."""

    def __init__(self) -> None:
        self._on: dict[int, _OnShard] = {}

    def read(self, store: OpenStore) -> Waiting:
        """Those of all shards.

        Raises:
            redis.exceptions.RedisError: the store does not answer.
        """
        now = store.store_now()
        since = [
            store.by_clock(at)
            for shard in store.shards
            for at in self._on.setdefault(shard.keys.shard, _OnShard()).read(shard)
        ]
        return Waiting(len(since), max(timedelta(0), now - min(since)) if since else timedelta(0))


class _OnShard:
    def __init__(self) -> None:
        self._length = 0
        self._last = BEGINNING
        self._since: dict[str, datetime] = {}

    def read(self, shard: Shard) -> list[datetime]:
        """When each that waits was refused, in UTC."""
        length = rejects.count(shard.client, shard.keys)
        if length < self._length:  # another store, or somebody has removed some
            self._last, self._since = BEGINNING, {}
        self._length = length
        for rejection in rejects.after(shard.client, shard.keys, self._last):
            self._last = rejection.id
            if rejection.waits:
                self._since[rejection.id] = rejection.rejected_at
        for id_ in rejects.settled_among(shard.client, shard.keys, list(self._since)):
            del self._since[id_]
        return list(self._since.values())
