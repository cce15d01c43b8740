"""What vanishes from the store under a real worker is missed, said, and made again where it can be."""

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.bookings import PROFILE, booked, now
from tests.support.live_worker import (
    PATIENCE_SECONDS,
    Service,
    becomes,
    delivered,
    is_released_on_time,
)
from tests.support.processes import running_worker
from tests.support.terminal import Ran, custody
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import Store, put, take_in, the_record
from worker.store.context import Context
from worker.store.keys import INBOX_GROUP
from worker.store.losses import STORE_ID_FILE

pytestmark = pytest.mark.live

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def service(store: Store, context: Context, tmp_path: Path) -> Iterator[Service]:
    """A worker at work on a store that may be spoiled."""
    with running_worker(tmp_path, store_url=store.url) as worker:
        worker.wait_until_ready()
        assert wait_until((worker.data_dir / STORE_ID_FILE).exists, PATIENCE_SECONDS)
        yield Service(context, worker)


def ask(service: Service, *words: str, **settings: str) -> Ran:
    """A command of this installation."""
    given: Any = service.context.client.connection_pool.connection_kwargs
    url = f"redis://:{given['password']}@{given['host']}:{given['port']}/{given['db']}"
    installed = {"store_url": url, "profile": PROFILE, "data_dir": str(service.worker.data_dir)}
    return custody(*words, **(installed | settings))


def findings(service: Service) -> dict[str, str]:
    """What the doctor finds unsafe, by check."""
    asked = ask(service, "doctor", "--json")
    found = {one["check"]: one["detail"] for one in asked.document["findings"] if one["verdict"] == "unsafe"}
    assert bool(found) == (asked.status == 1)
    return found


def is_alarmed(service: Service, code: str) -> bool:
    """Whether it is in the log at error, with a detail, and reaches the file of notices."""

    def is_said() -> bool:
        lines = [line for line in service.worker.logged("alarm") if line["code"] == code]
        sent = [event["data"] for event in delivered(service.worker) if "code" in event["data"]]
        return bool(lines) and any(alarm["code"] == code for alarm in sent)

    assert wait_until(is_said, PATIENCE_SECONDS), service.worker.log[-5_000:]
    [line] = [line for line in service.worker.logged("alarm") if line["code"] == code]
    assert (line["level"], bool(line["detail"])) == ("error", True)
    return True


def test_a_store_that_is_emptied_is_alarmed_and_the_worker_goes_on(service: Service) -> None:
    put(service.context, booked("before", due_at=now() + HOUR))
    becomes(service.context, "before", "held")
    assert "losses" not in findings(service)
    missed = json.loads((service.worker.data_dir / STORE_ID_FILE).read_text())["0"]
    service.context.client.flushall()
    assert is_alarmed(service, "records_vanished")
    assert missed in findings(service)["losses"]
    assert is_released_on_time(service.context, "after")
    assert ask(service, "losses", "accept", missed, "--by", "Sgt. Diaz").status == 0
    assert "losses" not in findings(service)


def test_deleted_timers_are_set_again_from_the_records_and_alarmed(service: Service) -> None:
    keys = service.context.shards[0].keys
    put(service.context, *(booked(f"B{number}", due_at=now() + HOUR) for number in range(300)))
    assert wait_until(lambda: service.context.client.zcard(keys.timers) == 300, PATIENCE_SECONDS)
    service.context.client.delete(keys.timers)
    assert is_alarmed(service, "held_without_clock")
    assert service.context.client.zcard(keys.timers) == 300
    assert "timers" not in findings(service)


def test_timers_deleted_while_no_worker_ran_are_set_again_when_one_starts(
    store: Store, context: Context, tmp_path: Path
) -> None:
    take_in(context, booked("later", due_at=now() + HOUR), booked("past", due_at=now() + SECOND))
    store.client.delete(context.shards[0].keys.timers)
    assert wait_until(lambda: lateness_of_now(context, "past") > SECOND, PATIENCE_SECONDS)
    with running_worker(tmp_path, store_url=store.url):
        assert becomes(context, "past", "released").basis == "deadline"
        timed = partial(store.client.zscore, context.shards[0].keys.timers, "later")
        assert wait_until(timed, PATIENCE_SECONDS)


def lateness_of_now(context: Context, booking: str) -> timedelta:
    """How long the deadline of somebody held has passed."""
    record = the_record(context, booking)
    assert record.state == "held"
    assert record.deadline is not None
    return now() - record.deadline


def test_events_trimmed_unread_are_alarmed_and_the_doctor_says_so_until_a_person_accepts_it(
    service: Service,
) -> None:
    keys = service.context.shards[0].keys
    pipeline: Any = service.context.client.pipeline()  # one transaction, so that no worker reads in between
    for number in range(3):
        pipeline.xadd(keys.inbox, {"event": booked(f"B{number}", due_at=now() + HOUR).to_wire()})
    pipeline.xtrim(keys.inbox, maxlen=0, approximate=False)
    pipeline.execute()
    assert is_alarmed(service, "events_lost")
    assert "inbox entries (3)" in findings(service)["losses"]
    [loss] = ask(service, "losses", "list", "--json").document
    assert ask(service, "losses", "accept", loss["id"], "--by", "Sgt. Diaz").status == 0
    assert "losses" not in findings(service)


def test_a_destroyed_group_and_deleted_cursors_are_made_again(service: Service) -> None:
    keys = service.context.shards[0].keys
    service.context.client.xgroup_destroy(keys.inbox, INBOX_GROUP)
    service.context.client.delete(keys.sink_cursors)
    assert is_released_on_time(service.context, "B1")
    sent = "custody.record.released.v1"
    assert wait_until(
        lambda: [event["type"] for event in delivered(service.worker) if event["subject"] == "B1"] == [sent],
        PATIENCE_SECONDS,
    )


@pytest.mark.parametrize("words", [("worker",), ("due",), ("publish",), ("doctor",)], ids=" ".join)
def test_another_number_of_shards_is_refused_and_releases_go_on(
    service: Service, words: tuple[str, ...]
) -> None:
    refused = ask(service, *words, shards="4")
    assert refused.status == 1
    assert "set CUSTODY_SHARDS=1" in refused.complaint
    assert is_released_on_time(service.context, "B1")
