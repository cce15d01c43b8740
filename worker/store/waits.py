"""How long a queue's oldest entry has been seen unsettled, by the worker that watches it.

An entry's id is a stamp, and stamps follow wall clocks: a worker measures the wait by its own monotonic
clock, and shows it here to whoever asks from outside.
"""

from typing import Any, Final, Literal, TypeAlias

from worker.store.connection import Client
from worker.store.keys import Keys

Queue: TypeAlias = Literal["inbox", "outbox"]

_SHOWN_SECONDS: Final = 5


def show_wait(client: Client, keys: Keys, queue: Queue, seconds: float) -> None:
    """The oldest entry has been seen for so long. A wait under a second is not shown."""
    if seconds >= 1:
        client.set(keys.waits(queue), int(seconds), ex=_SHOWN_SECONDS)


def wait_seen(client: Client, keys: Keys, queue: Queue) -> int:
    """For how many seconds a worker has seen the oldest entry; 0 if none shows a wait."""
    shown: Any = client.get(keys.waits(queue))
    return int(shown or 0)
