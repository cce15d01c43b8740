"""Sends events to the inbox at the simulated instants of their arrival."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final

from ops.demo.weekend import ScheduledEvent
from worker.store.connection import Client
from worker.store.keys import Keys

BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event that was sent to the inbox, and the simulated instant at which it arrived."""

    event: ScheduledEvent
    at: datetime


class Feed:
    """The events already sent and those still to come.

    Writes directly to the stream, as an upstream system does, because invalid events must get there too.
    """

    def __init__(self, client: Client, keys: Keys, events: Iterable[ScheduledEvent]) -> None:
        self._client = client
        self._keys = keys
        self._order = count()
        self._coming: list[tuple[datetime, int, ScheduledEvent]] = []
        self.arrived: list[Arrival] = []
        for event in events:
            self.add(event)

    def add(self, event: ScheduledEvent) -> None:
        """Schedule one more event. Events of the same instant arrive in the order they were added."""
        heapq.heappush(self._coming, (event.at, next(self._order), event))

    @property
    def next_at(self) -> datetime | None:
        """When the next event arrives; None if there are no more."""
        return self._coming[0][0] if self._coming else None

    def send_due(self, now: datetime) -> list[Arrival]:
        """Send at most one batch of the events due by now, and return them."""
        arrivals: list[Arrival] = []
        pipeline = self._client.pipeline(transaction=False)
        while self._coming and self._coming[0][0] <= now and len(arrivals) < BATCH:
            _, _, event = heapq.heappop(self._coming)
            pipeline.xadd(self._keys.inbox, {"event": event.raw})
            arrivals.append(Arrival(event, now))
        if arrivals:
            pipeline.execute()
            self.arrived += arrivals
        return arrivals
