"""Notices that cannot be delivered, for a person. Their entries stay in the outbox, unless removed."""

from typing import Any

import msgspec

from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.rejects import Dealt


def every(client: Client, keys: Keys) -> dict[str, str]:
    """By the id of its entry in the outbox, why a notice cannot be delivered."""
    found: Any = client.hgetall(keys.undelivered)
    return {id_.decode(): reason.decode() for id_, reason in found.items()}


def settle(client: Client, keys: Keys, notice_id: str, dealt: Dealt) -> bool:
    """Record who has dealt with a notice; False if none waits under this id."""
    if not client.hexists(keys.undelivered, notice_id):
        return False
    pipeline: Any = client.pipeline()
    pipeline.hset(keys.dealt, f"notice {notice_id}", msgspec.json.encode(dealt))
    pipeline.hdel(keys.undelivered, notice_id)
    pipeline.execute()
    return True
