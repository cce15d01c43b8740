"""The dead man's switch is called each minute while all is well, and only then; it reveals nothing."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from tests.support.bookings import booked, now
from tests.support.http_receiver import Receiver, receiver, status
from tests.support.worker_by_hand import Store, fire_all, simulate, simulated_context, take_in
from worker.host.dead_mans_switch import CALL_EVERY_SECONDS, RETRY_SECONDS, DeadMansSwitch
from worker.host.sinks import heartbeat_call
from worker.host.wiring import open_store
from worker.settings import Settings, SettingsError, read_settings
from worker.store.awake import show_awake
from worker.store.connection import connect
from worker.store.context import Context

MINUTE = timedelta(minutes=1)


@pytest.fixture
def monitor() -> Iterator[Receiver]:
    with receiver() as here:
        yield here


def switch_for(store: Store, url: str) -> DeadMansSwitch:
    settings = Settings(heartbeat_url=url)
    call = heartbeat_call(settings)
    assert call is not None
    return DeadMansSwitch(lambda: open_store(settings, connect(store.url)), call)


def beat(context: Context) -> None:
    show_awake(context.client, context.shards[0].keys)


def test_it_is_called_each_minute_with_nothing_in_the_request(
    store: Store, context: Context, monitor: Receiver
) -> None:
    switch = switch_for(store, monitor.url)
    for at_seconds in (0, 1, CALL_EVERY_SECONDS - 1, CALL_EVERY_SECONDS, CALL_EVERY_SECONDS + 1):
        beat(context)
        switch.look(at_seconds)
    assert len(monitor.got) == 2
    assert {got.body for got in monitor.got} == {b""}
    assert set(monitor.got[0].headers) <= {"host", "user-agent", "content-length"}


def test_it_is_not_called_while_somebody_is_due_and_unreleased(store: Store, monitor: Receiver) -> None:
    due_at = now()
    context = simulated_context(store, due_at - MINUTE)
    take_in(context, booked("B1", due_at=due_at))
    switch = switch_for(store, monitor.url)
    simulate(store, due_at + MINUTE)
    beat(context)
    with capture_logs() as logs:
        switch.look(0)
        switch.look(1)
    assert monitor.got == []
    assert [(line["event"], line["detail"]) for line in logs] == [
        ("heartbeat_url_withheld", "1 people are due and not released")
    ]
    later = simulated_context(store, due_at + MINUTE)
    fire_all(later)
    beat(later)
    switch.look(2)
    assert len(monitor.got) == 1


def test_it_is_not_called_without_a_pacemaker(store: Store, context: Context, monitor: Receiver) -> None:
    switch_for(store, monitor.url).look(0)
    assert monitor.got == []


def test_it_is_not_called_while_the_store_takes_no_writes(
    store: Store, context: Context, monitor: Receiver
) -> None:
    beat(context)
    store.client.config_set("min-replicas-to-write", "1")
    try:
        switch_for(store, monitor.url).look(0)
    finally:
        store.client.config_set("min-replicas-to-write", "0")
    assert monitor.got == []


def test_a_failed_call_is_logged_once_without_the_url_and_tried_again(
    store: Store, context: Context, monitor: Receiver
) -> None:
    monitor.answer = status(302, location=monitor.url)
    switch = switch_for(store, f"{monitor.url}/s3cret")
    with capture_logs() as logs:
        for at_seconds in (0, RETRY_SECONDS, 2 * RETRY_SECONDS):
            beat(context)
            switch.look(at_seconds)
    assert len(monitor.got) == 3, "a redirect is not followed"
    assert [line["event"] for line in logs] == ["heartbeat_url_failed"]
    assert "s3cret" not in str(logs)


def test_nobody_who_answers_is_no_trouble_to_the_thread(store: Store, context: Context) -> None:
    with receiver() as gone:
        url = gone.url
    beat(context)
    switch = switch_for(store, url)
    with capture_logs() as logs:
        switch.look(0)
    assert [line["event"] for line in logs] == ["heartbeat_url_failed"]


@pytest.mark.parametrize(
    "url", ["http://monitor.example/ping", "ftp://monitor.example/", "https://user:secret@monitor.example/"]
)
def test_an_address_that_would_reveal_something_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTODY_HEARTBEAT_URL", url)
    with pytest.raises(SettingsError, match="CUSTODY_HEARTBEAT_URL") as refused:
        read_settings()
    assert url not in str(refused.value)


def test_the_url_is_never_displayed() -> None:
    assert "t0ken" not in repr(Settings(heartbeat_url="https://monitor.example/t0ken"))


def test_without_a_url_there_is_no_switch() -> None:
    assert heartbeat_call(Settings()) is None
