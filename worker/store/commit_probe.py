"""Does the store take writes? Asked by writing something, and reading it back."""

import secrets

from worker.store.connection import Client
from worker.store.keys import Keys

_KEPT_SECONDS = 60


def takes_commits(client: Client, keys: Keys) -> bool:
    """Whether the store has taken a write just now; with `appendfsync always` it has it on disk.

    Raises:
        redis.exceptions.RedisError: it refuses writes, or does not answer.
    """
    client.set(keys.commit_probe, secrets.token_hex(8), ex=_KEPT_SECONDS)
    # What is there may be another worker's: it asks as well.
    return client.get(keys.commit_probe) is not None
