"""A sign in the store that a pacemaker attends to a shard, for whoever asks from outside."""

from typing import Final

from worker.store.connection import Client
from worker.store.keys import Keys

AWAKE_SECONDS: Final = 5


def show_awake(client: Client, keys: Keys) -> None:
    """A pacemaker has just completed a round."""
    client.set(keys.awake, "1", ex=AWAKE_SECONDS)


def is_awake(client: Client, keys: Keys) -> bool:
    """Whether a pacemaker has completed a round within `AWAKE_SECONDS`."""
    return bool(client.exists(keys.awake))
