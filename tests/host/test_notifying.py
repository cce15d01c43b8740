"""What the notifier makes of a routing file: who takes what, what leads nowhere, which secrets are needed."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from events.outbound import ClockAlarmed
from tests.support.bookings import PROFILE, booked, ice_contacted, now
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import Store, alarms, everything_sent, take_in
from worker.delivery.routing_file import RoutingFileError
from worker.desk.sent import OUTBOUND
from worker.host.notifying import sink_workers
from worker.host.sinks import check_routes, secret_variables
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.context import Context
from worker.store.keys import Keys
from worker.store.sinks import count_waiting, dead_letters

HOUR = timedelta(hours=1)
PATIENCE_SECONDS = 20.0

ROUTES = """
[sinks.served]
kind = "file"
path = "{directory}/served.jsonl"

[sinks.watched]
kind = "file"
path = "{directory}/watched.jsonl"

[audiences]
jms = []
watch = ["watched"]
ice = []
subject = []
counsel = []

[routes]
ice-fax = ["served"]
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "routes.toml"
    path.write_text(ROUTES.format(directory=tmp_path))
    return Settings(profile=PROFILE, routes=path, data_dir=tmp_path / "data")


@contextmanager
def notifier(settings: Settings, store: Store, *, files_only: bool = False) -> Iterator[None]:
    connect = partial(open_context, settings, store.url)
    workers = sink_workers(settings, connect, files_only=files_only)
    for worker in workers:
        worker.start()
    yield
    for worker in workers:
        worker.stop()
    for worker in workers:
        worker.join()


def contact(context: Context, booking: str, route: str) -> None:
    take_in(
        context,
        booked(booking, due_at=now() + HOUR),
        ice_contacted(booking, now(), reply_to=route),
    )


def is_settled(context: Context) -> bool:
    return wait_until(lambda: count_waiting(context.client, Keys()) == 0, PATIENCE_SECONDS)


def test_a_known_route_gets_the_answer_and_nobody_else(
    context: Context, store: Store, settings: Settings, tmp_path: Path
) -> None:
    contact(context, "B1", "ice-fax")
    with notifier(settings, store):
        assert is_settled(context)
    assert len((tmp_path / "served.jsonl").read_text().splitlines()) == 1
    assert not (tmp_path / "watched.jsonl").exists()
    assert alarms(context) == []


def test_an_unknown_route_with_no_sink_behind_it_is_a_dead_letter_and_heard_of_once_a_day(
    context: Context, store: Store, settings: Settings, tmp_path: Path
) -> None:
    contact(context, "B1", "ice-phone")
    contact(context, "B2", "ice-phone")
    with notifier(settings, store):
        assert wait_until(lambda: len(dead_letters(context.client, Keys())) == 2, PATIENCE_SECONDS)
        assert is_settled(context)
    codes = [code for code, _ in alarms(context)]
    assert sorted(codes) == ["notice_undelivered", "notice_undelivered", "unknown_route"]
    watched = (tmp_path / "watched.jsonl").read_text().splitlines()
    events = [OUTBOUND.validate_json(line) for line in watched]
    assert [event.data.code for event in events if isinstance(event, ClockAlarmed)] == codes
    assert len(everything_sent(context)) == 5


def test_without_a_routing_file_the_worker_alone_leaves_nothing_waiting(
    context: Context, store: Store, tmp_path: Path
) -> None:
    contact(context, "B1", "ice-phone")
    with notifier(Settings(profile=PROFILE, data_dir=tmp_path / "data"), store, files_only=True):
        assert is_settled(context)
    written = (tmp_path / "data" / "notices.jsonl").read_text().splitlines()
    assert len(written) == len(everything_sent(context))
    assert alarms(context) == []


def test_a_secret_that_is_missing_or_too_short_is_refused_without_being_shown(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.routes
    webhook = '[sinks.jail]\nkind = "webhook"\nurl = "https://jms.example/x"\nsecret_env = "CUSTODY_JAIL"\n'
    text = settings.routes.read_text().replace("jms = []", 'jms = ["jail"]')
    settings.routes.write_text(webhook + text)
    assert secret_variables(settings) == {"CUSTODY_JAIL"}
    with pytest.raises(RoutingFileError, match="CUSTODY_JAIL is not set"):
        check_routes(settings)
    for size, is_right in ((23, False), (24, True), (64, True), (65, False)):
        secret = "whsec_" + base64.b64encode(b"s" * size).decode()
        monkeypatch.setenv("CUSTODY_JAIL", secret)
        if is_right:
            check_routes(settings)
            continue
        with pytest.raises(RoutingFileError, match="24 to 64") as refused:
            check_routes(settings)
        assert secret[6:] not in str(refused.value)
