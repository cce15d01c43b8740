"""Replays a script against the service until everything has been processed."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from events.outbound import Outbound, RecordReleased
from ops.demo.feed import Arrival, Feed
from ops.demo.in_custody import InCustody
from ops.demo.narration import Line, line_for_arrival, line_for_outbound, line_for_rejected
from ops.demo.script import Script
from ops.demo.service import DemoService
from ops.demo.stream_follower import NewEntries, StreamFollower
from ops.demo.view import Snapshot, View

PAUSE_SECONDS: Final = 0.02
PATIENCE_SECONDS: Final = 30.0
"""Real time after the last deadline at which the replay gives up on whatever is still missing."""


class Replay:
    """One run: what has arrived, what was seen of it, what is still to come."""

    def __init__(self, service: DemoService, script: Script, view: View) -> None:
        self._service = service
        self._script = script
        self._view = view
        self._feed = Feed(service.client, service.keys, script.events)
        self._follower = StreamFollower(service)
        self._in_custody = InCustody()
        self._scripted = {event.raw: event for event in script.events}

    def run(self) -> list[Arrival]:
        """Run until everything is processed, or patience runs out; return what was sent to the inbox.

        Raises:
            ops.demo.service.DemoServiceError: the worker died.
        """
        while True:
            self._service.check_worker()
            now = self._service.clock.now()
            arrivals = self._feed.send_due(now)
            new = self._follower.read_new()
            self._note(arrivals, new, now)
            self._view.show(Snapshot(now, self._in_custody, self._service.received, self._progress(now)))
            if not arrivals and not new and (self._is_complete(now) or self._gives_up(now)):
                return self._feed.arrived
            self._pause()

    def _note(self, arrivals: list[Arrival], new: NewEntries, now: datetime) -> None:
        for arrival in arrivals:
            self._in_custody.note_arrival(arrival.event)
        for entry in new.journal:
            self._in_custody.note_entry(entry)
        for event in new.outbound:
            self._schedule_departure(event)
        lines = sorted(self._narration(arrivals, new, now), key=lambda line: line.at)
        if lines:
            self._view.narrate(lines)

    def _schedule_departure(self, event: Outbound) -> None:
        if isinstance(event, RecordReleased) and event.data.basis == "deadline":
            departure = self._script.departure_for(event.subject, event.data.released_at)
            if departure is not None:
                self._feed.add(departure)

    def _narration(self, arrivals: list[Arrival], new: NewEntries, now: datetime) -> Iterator[Line]:
        yield from filter(None, map(line_for_arrival, arrivals))
        yield from filter(None, map(line_for_outbound, new.outbound))
        for reason, raw in new.rejected:
            yield line_for_rejected(reason, self._scripted.get(raw), now)

    def _last_instant(self) -> datetime:
        return max(self._script.ends_at, self._in_custody.last_deadline or self._script.ends_at)

    def _progress(self, now: datetime) -> float:
        whole: timedelta = self._last_instant() - self._script.starts_at
        return min(1.0, max(0.0, (now - self._script.starts_at) / whole))

    def _is_complete(self, now: datetime) -> bool:
        return (
            now >= self._script.ends_at
            and self._feed.next_at is None
            and not self._in_custody.held
            and not self._service.inbox.waiting()
            and not self._service.notices_waiting()
        )

    def _gives_up(self, now: datetime) -> bool:
        patience = timedelta(seconds=PATIENCE_SECONDS * self._service.clock.speed)
        return self._feed.next_at is None and now > self._last_instant() + patience

    def _pause(self) -> None:
        next_at = self._feed.next_at
        pause = PAUSE_SECONDS if next_at is None else self._service.clock.seconds_until(next_at)
        if pause > 0:
            time.sleep(min(pause, PAUSE_SECONDS))
