"""The floor: what the store alone can do with the commits that a worker really sent, and how far we are."""

import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import hiredis

from ops.bench.cases import PATIENCE_SECONDS, Document
from ops.bench.commit_recorder import Command, CommitRecorder, packed
from ops.bench.custody_clock import CustodyClock
from ops.bench.place import Place
from ops.bench.stage import Stage, now_ms, stage, stage_on
from ops.bench.timers import Shape, Workload
from worker.store.keys import INBOX_GROUP

PIPELINE: Final = 4
"""Calls on the way at a time, as a worker sends the commits of one batch."""
_CHUNK: Final = 1 << 16
_READ_COUNT: Final = 10_000


def floor(count: int, under: Path) -> Document:
    """Bookings in, then all released in one instant: by the service, and by a loop of the same bytes."""
    with stage(clock := CustodyClock(), under, rate_pilots=count // 5) as on:
        ours = _serve(on, clock, count)
    recorded = _record(count, under)
    with Place(under) as place:
        _fill_inbox(place, recorded["inbox"])
        _replay(place, [*recorded["scripts"], *recorded["before"]])
        bookings = _replay(place, recorded["bookings"])
        releases = _replay(place, recorded["releases"])
    return {
        "count": count,
        "bookings": _compare(count, ours["drained_seconds"], bookings, recorded["bookings"]),
        "releases": _compare(count, ours["released_seconds"], releases, recorded["releases"]),
    }


def _serve(on: Stage, clock: CustodyClock, count: int) -> dict[str, float]:
    """Seconds for each half, with the real service."""
    due_ms = now_ms() + round(on.lead_seconds(count) * 1000)
    timers = Workload(count, Shape.ONE_INSTANT).timers(due_ms)
    drained = clock.drain(on.workers, timers)
    on.wait(timers, PATIENCE_SECONDS)
    kept = on.account(timers)
    if kept.unfired or kept.last_fired_us is None:
        raise RuntimeError(f"{kept.unfired} of {count} bookings were not released: the floor has no measure")
    return {"drained_seconds": drained.seconds, "released_seconds": kept.last_fired_us / 1e6 - due_ms / 1e3}


def _record(count: int, under: Path) -> dict[str, Any]:
    """The same again through a proxy that keeps the commits; it is slow, and nothing of it is timed."""
    clock = CustodyClock()
    clock.inbox_entries = []
    with Place(under) as place, CommitRecorder(place.url) as recorder:
        clock.through(recorder.url)
        with stage_on(clock, place) as on:
            before = recorder.take()
            due_ms = now_ms() + round(on.lead_seconds(count) * 2000)
            timers = Workload(count, Shape.ONE_INSTANT).timers(due_ms)
            clock.schedule(timers, PATIENCE_SECONDS * 2)
            bookings = recorder.take()
            on.wait(timers, PATIENCE_SECONDS)
            return {
                "scripts": recorder.scripts,
                "before": before,
                "bookings": bookings,
                "releases": recorder.take(),
                "inbox": clock.inbox_entries,
            }


def _fill_inbox(place: Place, entries: Sequence[tuple[str, str, bytes]]) -> None:
    """As it was before the bookings were taken in: every entry read by a consumer, none acknowledged."""
    client: Any = place.client
    pipeline = client.pipeline(transaction=False)
    for inbox, id_, event in entries:
        pipeline.xadd(inbox, {"event": event}, id=id_)
    pipeline.execute()
    for inbox in {inbox for inbox, _, _ in entries}:
        client.xgroup_create(inbox, INBOX_GROUP, id="0")
        while client.xreadgroup(INBOX_GROUP, "floor", {inbox: ">"}, count=_READ_COUNT):
            pass


def _replay(place: Place, commands: Sequence[Command]) -> float:
    """Send the commands, so many at a time, each lot answered before the next; return the seconds."""
    lots = [b"".join(packed(command) for command in lot) for lot in _lots(commands)]
    sizes = [len(lot) for lot in _lots(commands)]
    with _connect(place.url) as connection:
        reader = hiredis.Reader()
        began = time.monotonic()
        for lot, size in zip(lots, sizes, strict=True):
            connection.sendall(lot)
            for answer in _answers(connection, reader, size):
                _refuse_error(answer)
        return time.monotonic() - began


def _refuse_error(answer: Any) -> None:
    refused = answer if isinstance(answer, hiredis.ReplyError) else None
    if refused is not None:
        raise RuntimeError(f"the store refused a recorded commit: {refused}")


def _answers(connection: socket.socket, reader: Any, count: int) -> list[Any]:
    answers: list[Any] = []
    while len(answers) < count:
        reader.feed(connection.recv(_CHUNK))
        while (answer := reader.gets()) is not False:
            answers.append(answer)
    return answers


def _lots(commands: Sequence[Command]) -> list[Sequence[Command]]:
    return [commands[start : start + PIPELINE] for start in range(0, len(commands), PIPELINE)]


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if parts.password:
        connection.sendall(packed([b"AUTH", unquote(parts.password).encode()]))
        _answers(connection, hiredis.Reader(), 1)
    return connection


def _compare(count: int, ours_seconds: float, floor_seconds: float, commands: Sequence[Command]) -> Document:
    """Rates, our share of the floor, and what a booking costs on the wire."""
    sent_bytes = sum(len(packed(command)) for command in commands)
    return {
        "custody_a_second": round(count / ours_seconds, 1),
        "floor_a_second": round(count / floor_seconds, 1),
        "share_of_floor": round(floor_seconds / ours_seconds, 4),
        "commits": len(commands),
        "bytes_a_booking": round(sent_bytes / count, 1),
    }
