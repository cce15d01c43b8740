"""A seeded load: bookings soon due, some bailed, some asked about by ICE; shuffled and repeated.

A booking is sent before it is due, since one that arrives later has its minute of grace; its other events may
come before it or long after.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from redis.exceptions import RedisError

from tests.support.bookings import bail_posted, booked, ice_contacted, raw
from tests.support.waiting import wait_until
from worker.store.connection import Client, connect

INBOX: Final = "{custody:0}:inbox"
SECOND: Final = timedelta(seconds=1)

_ACKNOWLEDGED_WITHIN_SECONDS: Final = 30.0


@dataclass
class Load:
    """What upstream sends, and what must come of it.

    Attributes:
        asked: the bookings that ICE asked about.
        sent: how many events were sent, repeats included.
    """

    seeded: Random
    bookings: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    sent: int = 0
    _later: list[bytes] = field(default_factory=list)

    def wave(self, at: datetime, size: int) -> list[bytes]:
        """The next events to send: some of this wave's, some left over from earlier ones."""
        first = []
        for _ in range(size):
            booking = f"B{len(self.bookings)}"
            self.bookings.add(booking)
            due_at = at + self.seeded.randrange(1_500, 8_000) * SECOND / 1000
            created = raw(booked(booking, due_at=due_at))
            first.append(created)
            self._later += [created] * self.seeded.choice((0, 0, 1, 2))
            about = []
            if self.seeded.random() < 0.4:
                self.asked.add(booking)
                about.append(ice_contacted(booking, at, requests=("hold",)))
            if self.seeded.random() < 0.2:
                about.append(bail_posted(booking, at))
            self._later += [raw(event) for event in about for _ in range(self.seeded.choice((1, 1, 2, 3)))]
        return self._shuffled([*first, *self._take(len(self._later) * 2 // 3)])

    def rest(self) -> list[bytes]:
        """Everything that has not been sent yet."""
        return self._take(len(self._later))

    def _take(self, count: int) -> list[bytes]:
        self._shuffled(self._later)
        taken, self._later = self._later[:count], self._later[count:]
        return taken

    def _shuffled(self, events: list[bytes]) -> list[bytes]:
        self.seeded.shuffle(events)
        return events


class Upstream:
    """Sends events until the store has acknowledged them, which may send some twice."""

    def __init__(self, url: str, load: Load) -> None:
        self._client: Client = connect(url)
        self._load = load

    def send(self, events: list[bytes]) -> None:
        """Send these, repeatedly if need be."""
        assert wait_until(lambda: self._is_acknowledged(events), _ACKNOWLEDGED_WITHIN_SECONDS)

    def _is_acknowledged(self, events: list[bytes]) -> bool:
        pipeline = self._client.pipeline(transaction=False)
        for event in events:
            pipeline.xadd(INBOX, {"event": event})
        try:
            pipeline.execute()
        except RedisError:
            return False
        self._load.sent += len(events)
        return True

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
