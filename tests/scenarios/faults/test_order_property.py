"""Whatever is killed, stalls or overlaps: each booking's journal is that of one slow reader.

Random bookings with every kind of event, repeats, events before their booking and garbage; some fall due
meanwhile. Several workers take them in and fire what is due. Run one seed again with `ORDER_SEED`.
"""

import itertools
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from tests.support.bookings import PROFILE, now
from tests.support.histories import History, differences, journals, worked_slowly
from tests.support.processes import WorkerProcess
from tests.support.signals import NoCelery
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import Store, audit_problems, put, rejected, releases
from worker.embedded.server import EmbeddedStore
from worker.engine import intake, waiting_events
from worker.engine.chores.fire import Fire
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import inbox_reader, timers
from worker.store.commit import Committer
from worker.store.context import Context
from worker.store.inbox_reader import InboxReader

SEEDS: Final = [int(seed) for seed in os.environ.get("ORDER_SEED", "1 3 4 5").split()]
LASTS: Final = timedelta(seconds=1.5)
LEASE_MS: Final = 150
PATIENCE_SECONDS: Final = 20.0


class KilledError(BaseException):
    """The worker is killed here: nothing of it runs any more, not even what tidies up."""


class Faults:
    """Kills and stalls workers at random, at each exchange of commits with the store."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self._seeded = Random(seed)
        self._dying = threading.local()
        self._standstill = threading.Event()
        self.counted: Counter[str] = Counter()
        self.are_on = True
        write, release = Committer.write, InboxReader.release

        def write_or_die(committer: Committer, *arguments: Any, **named: Any) -> Iterator[Any]:
            self._befall()
            for answer in write(committer, *arguments, **named):
                yield answer
                self._befall()

        def release_unless_dying(reader: InboxReader) -> None:
            if not getattr(self._dying, "now", False):
                release(reader)

        monkeypatch.setattr(Committer, "write", write_or_die)
        monkeypatch.setattr(InboxReader, "release", release_unless_dying)

    def _befall(self) -> None:
        fate = self._seeded.random() if self.are_on else 1.0
        if fate < 0.03:
            self.counted["kill"] += 1
            self._dying.now = True
            raise KilledError
        if fate < 0.05:
            self.counted["stall"] += 1
            self._standstill.wait(self._seeded.uniform(0.5, 2) * LEASE_MS / 1000)

    def start_again(self) -> None:
        """A new worker takes the place of the killed one."""
        self._dying.now = False


def work_until(stop: threading.Event, url: str, seeded: Random, faults: Faults) -> None:
    """What a worker does, in any order: drain the inbox, fire what is due; killed, it is started again."""
    while not stop.is_set():
        faults.start_again()
        context = open_context(Settings(profile=PROFILE), url, f".{threading.get_ident()}")
        shard, fire = context.shards[0], Fire(NoCelery(), helpers=1)
        doings: list[Callable[[], object]] = [
            lambda context=context, shard=shard: intake.drain(context, shard),
            lambda context=context, shard=shard: intake.work_one_batch(context, shard),
            lambda context=context, fire=fire: fire.do(context),
        ]
        try:
            while not stop.is_set():
                seeded.choice(doings)()
                stop.wait(seeded.uniform(0, 0.01))
        except KilledError:
            continue
        finally:
            context.client.close()


def is_settled(context: Context, history: History) -> bool:
    """Whether nothing waits in the inbox, and nobody is due any more."""
    if now() < history.all_due_at:
        return False
    due = timers.due(context.client, context.shards[0].keys, now(), limit=1)
    return context.shards[0].inbox.waiting() == 0 and not due


def send(context: Context, history: History, seeded: Random, lasts: timedelta) -> list[tuple[str, bytes]]:
    """Put all of a history in, a few events at a time; return the entries."""
    entries: list[tuple[str, bytes]] = []
    pause = lasts.total_seconds() / len(history.sent) * 4
    left = list(history.sent)
    while left:
        size = seeded.randrange(1, 8)
        some, left = left[:size], left[size:]
        entries += zip(put(context, *some), some, strict=True)
        threading.Event().wait(seeded.uniform(0, 2 * pause))
    return entries


@pytest.fixture(scope="module")
def reference_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of another server, for the slow reader."""
    with EmbeddedStore.own(tmp_path_factory.mktemp("reference")) as server:
        yield server.url


@pytest.fixture
def reference(reference_server: str) -> Iterator[Context]:
    """The slow reader's own store."""
    context = open_context(Settings(profile=PROFILE), reference_server)
    context.client.flushall()
    context.client.config_set("appendfsync", "no")
    context.client.close()
    context = open_context(Settings(profile=PROFILE), reference_server)
    yield context
    context.client.close()


@pytest.fixture
def quick_disk(store: Store) -> Iterator[None]:
    """No waiting for the disk: here only workers fail."""
    store.client.config_set("appendfsync", "no")
    yield
    store.client.config_set("appendfsync", "always")


def assert_as_worked_slowly(
    context: Context, reference: Context, entries: list[tuple[str, bytes]], seed: int
) -> None:
    expected, found = worked_slowly(reference, entries), journals(context)
    problems = differences(expected, found)
    assert not problems, f"seed {seed}: {len(problems)} bookings differ\n" + "\n".join(problems[:5])
    assert Counter(rejected(context)) == Counter(rejected(reference)), f"seed {seed}"
    assert Counter(releases(context)) == Counter(releases(reference)), f"seed {seed}"
    assert audit_problems(context) == []


@pytest.mark.usefixtures("quick_disk")
@pytest.mark.parametrize("seed", SEEDS)
def test_several_workers_that_are_killed_and_stall_leave_the_journal_of_one_slow_reader(
    seed: int, context: Context, reference: Context, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeded = Random(seed)
    monkeypatch.setattr(inbox_reader, "LEASE_MS", LEASE_MS)
    monkeypatch.setattr(intake, "BATCH", seeded.choice((1, 3, 20, 400)))
    monkeypatch.setattr(waiting_events, "MOST_LOOKED_THROUGH", seeded.choice((3, 1_000)))
    faults, stop = Faults(seed, monkeypatch), threading.Event()
    workers = [
        threading.Thread(target=work_until, args=(stop, store.url, Random(f"{seed}-{number}"), faults))
        for number in range(seeded.randrange(1, 4))
    ]
    history = History(seed, now(), LASTS)
    for worker in workers:
        worker.start()
    try:
        entries = send(context, history, seeded, LASTS)
        faults.are_on = False
        settled = wait_until(lambda: is_settled(context, history), PATIENCE_SECONDS)
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    assert settled, f"seed {seed}"
    assert_as_worked_slowly(context, reference, entries, seed)
    assert faults.counted["kill"] > 0


# Real processes


@pytest.mark.live
@pytest.mark.parametrize("seed", SEEDS[:1])
def test_real_workers_that_are_killed_and_stopped_leave_the_journal_of_one_slow_reader(
    seed: int, context: Context, reference: Context, store: Store, tmp_path: Path
) -> None:
    names, seeded = itertools.count(), Random(seed)

    def start() -> WorkerProcess:
        return WorkerProcess(tmp_path / f"{next(names)}", store_url=store.url, late_grace_seconds="60")

    workers = [start(), start()]
    try:
        for worker in workers:
            worker.wait_until_ready()
        history, ends = History(seed, now(), 3 * LASTS), threading.Event()

        def afflict() -> None:
            while not ends.wait(seeded.uniform(0.3, 0.8)):
                unlucky = seeded.randrange(2)
                if seeded.random() < 0.5:
                    workers[unlucky].kill()
                    workers[unlucky] = start()
                else:
                    os.killpg(workers[unlucky].process.pid, signal.SIGSTOP)
                    ends.wait(seeded.uniform(0.1, 1.0))
                    os.killpg(workers[unlucky].process.pid, signal.SIGCONT)

        affliction = threading.Thread(target=afflict)
        affliction.start()
        try:
            entries = send(context, history, seeded, 3 * LASTS)
        finally:
            ends.set()
            affliction.join()
        assert wait_until(lambda: is_settled(context, history), PATIENCE_SECONDS), f"seed {seed}"
    finally:
        for worker in workers:
            worker.kill()
    assert_as_worked_slowly(context, reference, entries, seed)
