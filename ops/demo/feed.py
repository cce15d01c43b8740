"""Puts events into the inbox at the made-up instants of their arrival."""

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
    """An event that was put into the inbox, and the made-up instant at which it was."""

    event: ScheduledEvent
    at: datetime


class Feed:
    """What has arrived and what is still to come. Straight into the stream: garbage must get there too."""

    def __init__(self, client: Client, keys: Keys, events: Iterable[ScheduledEvent]) -> None:
        self._client = client
        self._keys = keys
        self._order = count()
        self._coming: list[tuple[datetime, int, ScheduledEvent]] = []
        self.arrived: list[Arrival] = []
        for event in events:
            self.add(event)

    def add(self, event: ScheduledEvent) -> None:
        """One more to come. Those of the same instant arrive in the order in which they were added."""
        heapq.heappush(self._coming, (event.at, next(self._order), event))

    @property
    def next_at(self) -> datetime | None:
        """When the next one arrives; None if nothing is to come."""
        return self._coming[0][0] if self._coming else None

    def put_in(self, now: datetime) -> list[Arrival]:
        """Put in what has arrived by now, a batch at most, and return it."""
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
