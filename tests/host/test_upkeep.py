"""Leases are kept during long attempts; a sink that is gone is retired by the notifier, not by a worker."""

from pathlib import Path

from tests.support.bookings import PROFILE, bail_posted, booked, now
from tests.support.notifier_site import file_sink, routing_file
from tests.support.worker_by_hand import Store, alarms, take_in
from worker import heartbeat
from worker.delivery.upkeep import Upkeep
from worker.host import notifying
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.context import Context
from worker.store.keys import Keys
from worker.store.sink_queue import Settled, SinkQueue, Waiting
from worker.store.sinks import dead_letters, names, open_sinks


def upkeep_of(store: Store, path: Path, *, files_only: bool) -> Upkeep:
    """The upkeep of a site whose one sink is a file."""
    routes = routing_file(path, file_sink("desk", path / "desk"), **dict.fromkeys(("jms", "watch"), "desk"))
    settings = Settings(profile=PROFILE, routes=routes, data_dir=path / "data")
    return notifying.upkeep(settings, lambda: open_context(settings, store.url), [], files_only=files_only)


def with_a_sink_that_is_gone(context: Context) -> SinkQueue:
    """A sink that a notice waits for, and which no routing file has; its lease is held."""
    open_sinks(context.client, Keys(), ["old"])
    take_in(context, booked("B1", due_at=now()), bail_posted("B1", now()))
    queue = SinkQueue(context.client, Keys(), "old")
    assert queue.acquire()
    queue.settle([Settled("1-0", Waiting(1, 0, "HTTP 500"))])
    return queue


def test_a_sink_that_is_gone_is_retired_once_nobody_works_it_and_a_person_hears_of_it(
    context: Context, store: Store, tmp_path: Path
) -> None:
    held, upkeep = with_a_sink_that_is_gone(context), upkeep_of(store, tmp_path, files_only=False)
    upkeep.do_all()
    assert "old" in names(context.client, Keys())
    held.release()
    upkeep.do_all()
    assert names(context.client, Keys()) == ["desk", "nobody", "notices-file"]
    assert [*dead_letters(context.client, Keys())] == [("old", "1-0")]
    upkeep.do_all()
    assert [code for code, _ in alarms(context) if code == "notice_undelivered"] == ["notice_undelivered"]


def test_a_worker_leaves_it_to_the_notifier(context: Context, store: Store, tmp_path: Path) -> None:
    """Its routing file may be older than the notifier's."""
    with_a_sink_that_is_gone(context).release()
    upkeep_of(store, tmp_path, files_only=True).do_all()
    assert "old" in names(context.client, Keys())


def test_without_a_routing_file_the_worker_does_it(context: Context, store: Store, tmp_path: Path) -> None:
    with_a_sink_that_is_gone(context).release()
    settings = Settings(profile=PROFILE, data_dir=tmp_path)
    notifying.upkeep(settings, lambda: open_context(settings, store.url), [], files_only=True).do_all()
    assert names(context.client, Keys()) == ["nobody", "notices-file"]


def test_the_notifier_beats_while_its_store_answers(context: Context, store: Store, tmp_path: Path) -> None:
    def is_alive() -> bool:
        return heartbeat.is_alive(tmp_path / "data", now().timestamp(), "notifier")

    (tmp_path / "data").mkdir()
    upkeep_of(Store(store.client, "redis://127.0.0.1:1/0"), tmp_path, files_only=False).do_all()
    assert not is_alive()
    upkeep_of(store, tmp_path, files_only=True).do_all()
    assert not is_alive(), "a worker does not answer for the notifier"
    upkeep_of(store, tmp_path, files_only=False).do_all()
    assert is_alive()
    assert not heartbeat.is_alive(tmp_path / "data", now().timestamp()), "nor the notifier for a worker"


def test_a_job_that_fails_delays_no_other_and_is_done_again() -> None:
    done: list[str] = []

    def fail() -> None:
        done.append("failed")
        raise ValueError

    upkeep = Upkeep([fail, lambda: done.append("done")])
    upkeep.do_all()
    upkeep.do_all()
    assert done == ["failed", "done"] * 2
