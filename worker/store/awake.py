"""A sign in the store that a pacemaker attends to a shard, for whoever asks from outside.

It holds the latest time that the store has had while pacemakers were at work. A clock that is set back would
hold everybody longer, and nothing else would show it where worker and store are on one machine.
"""

from datetime import timedelta
from importlib.resources import files
from typing import Any, Final

from worker.store.connection import Client
from worker.store.keys import Keys

AWAKE_SECONDS: Final = 5
SET_BACK_LIMIT: Final = timedelta(seconds=2)

_SHOW: Final = files("worker.store").joinpath("show_awake.lua").read_text()


def show_awake(client: Client, keys: Keys) -> timedelta:
    """A pacemaker has just completed a round; return how far the store's clock is behind."""
    return _ask(client, keys, AWAKE_SECONDS)


def is_awake(client: Client, keys: Keys) -> bool:
    """Whether a pacemaker has completed a round within `AWAKE_SECONDS`."""
    return bool(client.exists(keys.awake))


def beat_age(client: Client, keys: Keys) -> timedelta | None:
    """How long ago a pacemaker last completed a round, by the store's clock; None if none ever did.

    Real time, on a simulated store too.
    """
    pipeline = client.pipeline(transaction=True)
    pipeline.get(keys.beat)
    pipeline.time()
    beat, (seconds, microseconds) = pipeline.execute()
    if beat is None or not beat.isdigit():
        return None
    return timedelta(milliseconds=seconds * 1000 + microseconds // 1000 - int(beat))


def clock_behind(client: Client, keys: Keys) -> timedelta:
    """How far the store's clock is behind what it has shown before; 0 if it was not set back."""
    return _ask(client, keys, 0)


def describe(behind: timedelta) -> str:
    """What it means that the store's clock was set back, and what to do."""
    seconds = f"{behind.total_seconds():.0f} s"
    return (
        f"the store's clock was set back, or had been ahead, by {seconds}: until it is right everybody is "
        "held that much longer: compare it with a good clock now, and see the runbook"
    )


def _ask(client: Client, keys: Keys, seconds: int) -> timedelta:
    behind_ms: Any = client.eval(_SHOW, 3, keys.awake, keys.journal, keys.beat, seconds)
    return timedelta(milliseconds=behind_ms)
