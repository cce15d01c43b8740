"""Marks a store as simulated: its time is not the real one, and it never holds a real person's record."""

from worker.clock import Clock, ScaledClock, StoreClock
from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.unix_ms import from_ms, to_ms


class RealRecordsError(RuntimeError):
    """A store with real records cannot be made a simulated one."""


def mark(client: Client, keys: Keys, clock: ScaledClock) -> None:
    """Make this store run on simulated time.

    Raises:
        RealRecordsError: it holds real records already.
    """
    if not client.exists(keys.simulation) and client.exists(keys.journal):
        raise RealRecordsError("this store holds real records; give the simulation an empty store")
    client.hset(
        keys.simulation,
        mapping={
            "starts_at_ms": to_ms(clock.starts_at),
            "real_start_ms": to_ms(clock.real_start),
            "speed": clock.speed,
        },
    )


def clock_of(client: Client, keys: Keys) -> Clock:
    """The clock that this store's records live by: the store's, unless it is simulated."""
    if client.type(keys.simulation) != b"hash":
        return StoreClock(client.time)
    marked = client.hgetall(keys.simulation)
    return ScaledClock(
        from_ms(int(marked[b"starts_at_ms"])),
        from_ms(int(marked[b"real_start_ms"])),
        float(marked[b"speed"]),
    )
