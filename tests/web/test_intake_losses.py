"""What `POST /events` has accepted outlives a kill of the store, and is on as many replicas as wanted."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.bookings import PROFILE, bail_posted, booked, now, raw
from tests.support.other_store import OtherStore, other_store
from tests.support.sender import Sender, in_the_inbox, sender
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import alarms, repeat_until_empty, the_record
from worker.engine import intake
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.context import Context
from worker.web.intake.routes import Safety

PATIENCE_SECONDS = 60


@contextmanager
def context_on(primary: OtherStore) -> Iterator[Context]:
    context = open_context(Settings(profile=PROFILE), primary.url)
    yield context
    context.client.close()


class Stream:
    """Sends batch after batch until it is stopped, each again until the answer is 202."""

    def __init__(self, upstream: Sender) -> None:
        self.accepted: list[str] = []
        self.refusals = 0
        self._upstream = upstream
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def is_past(self, count: int) -> bool:
        return wait_until(lambda: len(self.accepted) > count, PATIENCE_SECONDS)

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _send(self) -> None:
        number = 0
        while not self._is_over.is_set():
            batch = [raw(bail_posted(f"B-{number}", now(), id=f"{number}-{index}")) for index in range(20)]
            answer = self._upstream.batch(*batch)
            assert answer.status_code in {202, 503}
            if answer.status_code == 202:
                self.accepted += answer.json()["accepted"]
                number += 1
            else:
                self.refusals += 1


def test_nothing_that_was_accepted_is_missing_after_the_store_is_killed_again_and_again(
    tmp_path: Path,
) -> None:
    with other_store(tmp_path / "primary") as primary, context_on(primary) as context:
        with sender(context) as upstream:
            stream = Stream(upstream)
            try:
                for _ in range(3):
                    assert stream.is_past(len(stream.accepted) + 200)
                    primary.kill()
                    seen = stream.refusals
                    assert wait_until(lambda seen=seen: stream.refusals > seen, PATIENCE_SECONDS)
                    primary.start_again()
                assert stream.is_past(len(stream.accepted))
            finally:
                stream.stop()
        kept = b"\n".join(in_the_inbox(context)).decode()
    assert [id_ for id_ in stream.accepted if f'"id":"{id_}"' not in kept] == []


@pytest.fixture
def three(tmp_path: Path) -> Iterator[tuple[OtherStore, OtherStore, OtherStore]]:
    """A primary and two replicas of it, each with its append-only file written at every command."""
    with ExitStack() as stack:
        primary, first, second = (
            stack.enter_context(other_store(tmp_path / name)) for name in ("primary", "first", "second")
        )
        address = urlsplit(primary.url)
        for one in (first, second):
            assert one.client.config_get("appendfsync") == {"appendfsync": "always"}
            one.client.config_set("primaryauth", address.password)
            one.client.replicaof("127.0.0.1", str(address.port))
        assert wait_until(
            lambda: all(
                one.client.info("replication")["master_link_status"] == "up" for one in (first, second)
            ),
            PATIENCE_SECONDS,
        )
        yield primary, first, second


def test_when_the_answer_comes_the_replicas_have_the_event_on_their_disks(
    three: tuple[OtherStore, OtherStore, OtherStore],
) -> None:
    primary, *replicas = three
    event = raw(bail_posted("B-1", now()))
    with context_on(primary) as context, sender(context, safety=Safety(min_replicas=2)) as upstream:
        answer = upstream.post(event)
        for one in replicas:
            one.kill()
        assert answer.status_code == 202
        for one in replicas:
            one.start_again()  # as a primary, from its own file
            assert one.events(context.shards[0].keys.inbox) == [event]


@pytest.mark.parametrize("is_gone", [False, True])
def test_with_too_few_replicas_the_answer_is_503_and_a_repeat_is_harmless(
    three: tuple[OtherStore, OtherStore, OtherStore], is_gone: bool
) -> None:
    primary, first, second = three
    events = [raw(booked("B-1", due_at=now(), id="e1")), raw(bail_posted("B-1", now(), id="e2"))]
    with context_on(primary) as context, ExitStack() as stack:
        both = stack.enter_context(sender(context, safety=Safety(min_replicas=2)))
        one_is_enough = stack.enter_context(sender(context, safety=Safety(min_replicas=1)))
        with second.frozen():
            refused = both.batch(*events)
            if is_gone:
                second.kill()
            refused_again, taken = both.batch(*events), one_is_enough.batch(*events)
        if is_gone:
            first.kill()
            assert one_is_enough.batch(*events).status_code == 503
        else:
            assert wait_until(lambda: both.batch(*events).status_code == 202, PATIENCE_SECONDS)
        repeat_until_empty(lambda: intake.work_one_batch(context, context.shards[0]))
        assert the_record(context, "B-1").state == "released"
        assert [code for code, _ in alarms(context) if code != "late_on_arrival"] == []
    assert [answer.status_code for answer in (refused, refused_again, taken)] == [503, 503, 202]
    assert refused.json()["detail"].startswith(
        "the events are not safe in the store (1 of 2 replicas have it)"
    )
    assert int(refused.headers["retry-after"]) > 0
