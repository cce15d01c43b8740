"""The floor: how fast the store alone executes the commits of a worker, and how close the worker is."""

import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import hiredis

from ops.bench.bench_store import BenchStore
from ops.bench.cases import PATIENCE_SECONDS, Document
from ops.bench.commit_recorder import Command, CommitRecorder, packed
from ops.bench.custody_clock import CustodyClock
from ops.bench.timers import Shape, Workload
from ops.bench.trial import Trial, now_ms, start_trial, start_trial_on
from worker.store.keys import INBOX_GROUP

PIPELINE: Final = 4
"""Calls in flight at a time, as when a worker commits a batch."""
_CHUNK: Final = 1 << 16
_READ_COUNT: Final = 10_000


def floor(count: int, under: Path) -> Document:
    """Take bookings in, then release all in one instant: by the service, and by replaying the same bytes."""
    with start_trial(clock := CustodyClock(), under, rate_pilots=count // 5) as trial:
        ours = _serve(trial, clock, count)
    recorded = _record(count, under)
    with BenchStore(under) as store:
        _fill_inbox(store, recorded["inbox"])
        _replay(store, [*recorded["scripts"], *recorded["before"]])
        bookings = _replay(store, recorded["bookings"])
        releases = _replay(store, recorded["releases"])
    return {
        "count": count,
        "bookings": _compare(count, ours["drained_seconds"], bookings, recorded["bookings"]),
        "releases": _compare(count, ours["released_seconds"], releases, recorded["releases"]),
    }


def _serve(trial: Trial, clock: CustodyClock, count: int) -> dict[str, float]:
    """Seconds for each half with the real service."""
    due_ms = now_ms() + round(trial.lead_seconds(count) * 1000)
    timers = Workload(count, Shape.ONE_INSTANT).timers(due_ms)
    drained = clock.drain(trial.workers, timers)
    trial.wait(timers, PATIENCE_SECONDS)
    kept = trial.account(timers)
    if kept.unfired or kept.last_fired_us is None:
        raise RuntimeError(
            f"{kept.unfired} of {count} bookings were not released: nothing to compare the floor with"
        )
    return {"drained_seconds": drained.seconds, "released_seconds": kept.last_fired_us / 1e6 - due_ms / 1e3}


def _record(count: int, under: Path) -> dict[str, Any]:
    """The same through a proxy that records the commits; it is slow, and nothing is timed."""
    clock = CustodyClock()
    clock.inbox_entries = []
    with BenchStore(under) as store, CommitRecorder(store.url) as recorder:
        clock.connect_through(recorder.url)
        with start_trial_on(clock, store) as trial:
            before = recorder.recorded()
            due_ms = now_ms() + round(trial.lead_seconds(count) * 2000)
            timers = Workload(count, Shape.ONE_INSTANT).timers(due_ms)
            clock.schedule(timers, PATIENCE_SECONDS * 2)
            bookings = recorder.recorded()
            trial.wait(timers, PATIENCE_SECONDS)
            return {
                "scripts": recorder.scripts,
                "before": before,
                "bookings": bookings,
                "releases": recorder.recorded(),
                "inbox": clock.inbox_entries,
            }


def _fill_inbox(store: BenchStore, entries: Sequence[tuple[str, str, bytes]]) -> None:
    """Restore the inbox as it was before intake: every entry read by a consumer, none acknowledged."""
    client: Any = store.client
    pipeline = client.pipeline(transaction=False)
    for inbox, id_, event in entries:
        pipeline.xadd(inbox, {"event": event}, id=id_)
    pipeline.execute()
    for inbox in {inbox for inbox, _, _ in entries}:
        client.xgroup_create(inbox, INBOX_GROUP, id="0")
        while client.xreadgroup(INBOX_GROUP, "floor", {inbox: ">"}, count=_READ_COUNT):
            pass


def _replay(store: BenchStore, commands: Sequence[Command]) -> float:
    """Send the commands in groups, each answered before the next; return the seconds."""
    groups = [b"".join(packed(command) for command in group) for group in _groups(commands)]
    sizes = [len(group) for group in _groups(commands)]
    with _connect(store.url) as connection:
        reader = hiredis.Reader()
        began = time.monotonic()
        for group, size in zip(groups, sizes, strict=True):
            connection.sendall(group)
            for answer in _answers(connection, reader, size):
                _raise_error(answer)
        return time.monotonic() - began


def _raise_error(answer: Any) -> None:
    error = answer if isinstance(answer, hiredis.ReplyError) else None
    if error is not None:
        raise RuntimeError(f"the store refused a recorded commit: {error}")


def _answers(connection: socket.socket, reader: Any, count: int) -> list[Any]:
    answers: list[Any] = []
    while len(answers) < count:
        reader.feed(connection.recv(_CHUNK))
        while (answer := reader.gets()) is not False:
            answers.append(answer)
    return answers


def _groups(commands: Sequence[Command]) -> list[Sequence[Command]]:
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
    """Rates, the service's share of the floor, and bytes on the wire per booking."""
    sent_bytes = sum(len(packed(command)) for command in commands)
    return {
        "custody_a_second": round(count / ours_seconds, 1),
        "floor_a_second": round(count / floor_seconds, 1),
        "share_of_floor": round(floor_seconds / ours_seconds, 4),
        "commits": len(commands),
        "bytes_a_booking": round(sent_bytes / count, 1),
    }
