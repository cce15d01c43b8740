"""Replays a script on the stage, until all of it is through."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from events.outbound import Outbound, RecordReleased
from ops.demo import news
from ops.demo.feed import Arrival, Feed
from ops.demo.news import News
from ops.demo.roll import Roll
from ops.demo.script import Script
from ops.demo.stage import Stage
from ops.demo.view import Moment, View
from ops.demo.watch import Seen, Watch
from worker.store.inbox import Inbox
from worker.store.outbox import Outbox

PAUSE_SECONDS: Final = 0.02
PATIENCE_SECONDS: Final = 15.0
"""When the last deadline is this long past, in real time, what has not happened will not."""


class Replay:
    """One run: what has arrived, what was seen of it, what is still to come."""

    def __init__(self, stage: Stage, script: Script, view: View) -> None:
        self._stage = stage
        self._script = script
        self._view = view
        self._feed = Feed(stage.client, stage.keys, script.events)
        self._watch = Watch(stage)
        self._roll = Roll()
        self._scripted = {event.raw: event for event in script.events}
        self._inbox = Inbox(stage.client, stage.keys, "demo")
        self._outbox = Outbox(stage.client, stage.keys)

    def run(self) -> list[Arrival]:
        """Return what was put into the inbox, once everything is through, or will not come any more.

        Raises:
            ops.demo.stage.StageError: the worker died.
        """
        while True:
            self._stage.check_worker()
            now = self._stage.clock.now()
            arrivals = self._feed.put_in(now)
            seen = self._watch.look()
            self._note(arrivals, seen, now)
            self._view.show(Moment(now, self._roll, self._progress(now)))
            if not arrivals and not seen and (self._is_through(now) or self._is_in_vain(now)):
                return self._feed.arrived
            self._pause()

    def _note(self, arrivals: list[Arrival], seen: Seen, now: datetime) -> None:
        for arrival in arrivals:
            self._roll.note_arrival(arrival.event)
        for entry in seen.entries:
            self._roll.note_entry(entry)
        for event in seen.outbound:
            self._let_depart(event)
        told = sorted(self._news(arrivals, seen, now), key=lambda item: item.at)
        if told:
            self._view.tell(told)

    def _let_depart(self, event: Outbound) -> None:
        if isinstance(event, RecordReleased) and event.data.basis == "deadline":
            departure = self._script.departure_for(event.subject, event.data.released_at)
            if departure is not None:
                self._feed.add(departure)

    def _news(self, arrivals: list[Arrival], seen: Seen, now: datetime) -> Iterator[News]:
        yield from filter(None, map(news.of_arrival, arrivals))
        yield from filter(None, map(news.of_outbound, seen.outbound))
        for reason, raw in seen.refused:
            yield news.of_refusal(reason, self._scripted.get(raw), now)

    def _last_instant(self) -> datetime:
        return max(self._script.ends_at, self._roll.last_deadline or self._script.ends_at)

    def _progress(self, now: datetime) -> float:
        whole: timedelta = self._last_instant() - self._script.starts_at
        return min(1.0, max(0.0, (now - self._script.starts_at) / whole))

    def _is_through(self, now: datetime) -> bool:
        return (
            now >= self._script.ends_at
            and self._feed.next_at is None
            and not self._roll.held
            and not self._inbox.waiting()
            and not self._outbox.waiting()
        )

    def _is_in_vain(self, now: datetime) -> bool:
        patience = timedelta(seconds=PATIENCE_SECONDS * self._stage.clock.speed)
        return self._feed.next_at is None and now > self._last_instant() + patience

    def _pause(self) -> None:
        next_at = self._feed.next_at
        pause = PAUSE_SECONDS if next_at is None else self._stage.clock.seconds_until(next_at)
        if pause > 0:
            time.sleep(min(pause, PAUSE_SECONDS))
