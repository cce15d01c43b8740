"""Replays a script against the real code in this process, with a clock that is moved by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from events.outbound import RecordReleased
from ops.demo.evidence import Evidence, gather
from ops.demo.feed import Feed
from ops.demo.received import Received, ReceivedNotice
from ops.demo.script import Script
from ops.demo.service import DemoService
from ops.demo.stream_follower import StreamFollower
from ops.demo.worker_process import WorkerProcess
from tests.support.worker_by_hand import fire_all
from worker.clock import ScaledClock
from worker.engine import intake
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import simulation, timers
from worker.store.connection import connect
from worker.store.context import Context
from worker.store.unix_ms import from_ms, to_ms

SPEED = 4500


class HandClock(ScaledClock):
    """Stays at the instant to which it was moved; what arrives, arrives at that instant."""

    _at: list[datetime]

    def __init__(self, starts_at: datetime) -> None:
        super().__init__(starts_at, datetime.now(UTC), SPEED)
        object.__setattr__(self, "_at", [starts_at])

    @property
    def at(self) -> datetime:
        return self._at[-1]

    def move_to(self, instant: datetime) -> None:
        self._at.append(max(self.at, instant))

    def now(self) -> datetime:
        return self.at

    def simulated(self, real: datetime) -> datetime:
        return self.at


@contextmanager
def service_without_worker(server: str, starts_at: datetime) -> Iterator[DemoService]:
    """An empty simulated store with no worker."""
    client = connect(server)
    client.flushall()
    clock = ScaledClock(starts_at, from_ms(to_ms(datetime.now(UTC))), SPEED)
    service = DemoService.on(client, clock, WorkerProcess(server, Path("unused")), Received(Path("unused")))
    simulation.mark(client, service.keys, clock)
    yield service
    client.close()


def played(script: Script, server: str) -> Evidence:
    """What is in the store after every event was processed, and every timer fired, exactly on time.

    Every notice has arrived as soon as it was sent.
    """
    with service_without_worker(server, script.starts_at) as service:
        context = open_context(Settings(profile="lapd-2016-11"), server)
        feed, follower, clock = (
            Feed(service.client, service.keys, script.events),
            StreamFollower(service),
            HandClock(script.starts_at),
        )
        context = replace(context, clock=clock)
        while (instant := _next(context, feed)) and instant <= script.ends_at:
            clock.move_to(instant)
            feed.send_due(clock.at)
            intake.drain(context, context.shards[0])
            fire_all(context)
            for event in follower.read_new().outbound:
                if isinstance(event, RecordReleased):
                    departure = script.departure_for(event.subject, event.data.released_at)
                    if departure is not None:
                        feed.add(departure)
        context.client.close()
        evidence = gather(service, feed.arrived)
    on_time = tuple(replace(sent, stored_at=evidence.real(sent.event.time)) for sent in evidence.sent)
    received = tuple(ReceivedNotice(sent.event.audience, sent.event) for sent in on_time)
    return replace(evidence, sent=on_time, received=received)


def _next(context: Context, feed: Feed) -> datetime | None:
    instants = [feed.next_at, timers.earliest(context.client, context.shards[0].keys)]
    return min(filter(None, instants), default=None)
