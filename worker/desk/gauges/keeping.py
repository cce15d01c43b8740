"""Does the store keep what it takes, and how much is in it?"""

from typing import Any

from redis.exceptions import ResponseError

from worker.desk.doctor.store import is_on_disk
from worker.desk.gauges.answers import Keeping
from worker.store import timers, wrong_types
from worker.store.connection import Client, NotNowError
from worker.store.context import OpenStore
from worker.store.keys import Keys


def read_keeping(store: OpenStore) -> Keeping:
    """Of all shards together.

    Raises:
        redis.exceptions.RedisError: the store does not answer.
    """
    used, limit = _memory(store.client)
    shards = [(shard.client, shard.keys) for shard in store.shards]
    return Keeping(
        is_on_disk=is_on_disk(store.client),
        takes_writes=_takes_writes(store.client),
        overwritten_keys=sum(len(wrong_types.found(*shard)) for shard in shards),
        streams=_streams(store),
        timers=sum(timers.count(*shard) for shard in shards),
        memory_bytes=used,
        memory_limit_bytes=limit,
    )


def _streams(store: OpenStore) -> dict[str, int]:
    found: dict[str, int] = {}
    for shard in store.shards:
        keys: Keys = shard.keys
        names = {
            "inbox": keys.inbox,
            "journal": keys.journal,
            "outbox": keys.outbox,
            "rejects": keys.rejects,
            "receipts": keys.receipts,
        }
        for name, key in names.items():
            length: Any = shard.client.xlen(key)
            found[name] = found.get(name, 0) + int(length)
    return found


def _takes_writes(client: Client) -> bool:
    try:
        # Of nothing, into a key that is not there: refused as any write is, and without effect.
        client.setrange(Keys(0).probe, 0, "")
    except (ResponseError, NotNowError):
        return False
    return True


def _memory(client: Any) -> tuple[int | None, int | None]:
    """What the store uses, and its limit."""
    try:
        memory = client.info("memory")
    except ResponseError:
        return None, None
    return int(memory["used_memory"]), int(memory.get("maxmemory", 0)) or None
