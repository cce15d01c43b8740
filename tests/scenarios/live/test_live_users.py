"""Every part of the service as its user of the store: none needs more than it has."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from events.publisher import Publisher
from tests.support.bookings import PROFILE, SOURCE, bail_posted, booked, ice_contacted, now, raw
from tests.support.http_receiver import Receiver, receiver, status
from tests.support.live_worker import PATIENCE_SECONDS, becomes
from tests.support.notifier_site import (
    NOTIFIER,
    SECRET,
    SECRET_VARIABLE,
    file_sink,
    routing_file,
    wait_for_start,
    webhook,
)
from tests.support.processes import WORKER, WorkerProcess, running_worker
from tests.support.store_with_users import StoreWithUsers, free_port, store_with_users
from tests.support.waiting import wait_until
from tests.support.web_server import token_of
from worker.host.wiring import reading_context
from worker.settings import Settings
from worker.store.context import Context

pytestmark = pytest.mark.live

DESK, INTAKE, METRICS = "cck_desk", "cck_intake", "cck_metrics"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreWithUsers]:
    with store_with_users(tmp_path_factory.mktemp("users")) as server:
        yield server


@pytest.fixture
def jail() -> Iterator[Receiver]:
    with receiver() as here:
        yield here


class Site:
    """The service as its users, on one store."""

    def __init__(self, store: StoreWithUsers, directory: Path, jail: Receiver) -> None:
        self.store, self.directory, self.jail = store, directory, jail
        self.routes = routing_file(
            directory,
            webhook("jail", jail),
            file_sink("desk", directory / "desk.jsonl"),
            jms="jail",
            watch="jail desk",
            ice="desk",
        )
        self.context: Context = reading_context(Settings(profile=PROFILE), store.url("test"))
        self.tokens = directory / "tokens.toml"
        texts = (token_of(DESK, "desk"), token_of(INTAKE, "intake", SOURCE), token_of(METRICS, "metrics"))
        entries = [
            f'[[token]]\nname = "{one.name}"\nrole = "{one.role}"\nsha256 = "{one.sha256}"\n'
            + (f'source = "{one.source}"\n' if one.source else "")
            for one in texts
        ]
        self.tokens.write_text("\n".join(entries), encoding="utf-8")
        self.tokens.chmod(0o600)

    def part(self, user: str, command: tuple[str, ...], **settings: str) -> WorkerProcess:
        """A process of the service."""
        known = {"routes": str(self.routes), **self.store.settings_of(user), **settings}
        return WorkerProcess(self.directory / user, command, **known)

    def custody(self, *words: str, stdin: str = "", is_well: bool = True, user: str = "operator") -> str:
        """What a command prints that the operator gives, or another user."""
        settings = self.store.settings_of(user) | {
            "profile": PROFILE,
            "routes": str(self.routes),
            "data_dir": str(self.directory / "operator"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "worker", *words],
            input=stdin,
            env=os.environ | {f"CUSTODY_{name.upper()}": value for name, value in settings.items()},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert not is_well or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr


@pytest.fixture
def site(
    store: StoreWithUsers, jail: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)
    with store.client() as client:
        client.acl_log_reset()
    site = Site(store, tmp_path, jail)
    yield site
    site.context.client.close()


@contextmanager
def board(site: Site) -> Iterator[str]:
    port = free_port()
    command = (sys.executable, "-m", "worker", "board")
    part = site.part("board", command, tokens=str(site.tokens), board_port=str(port))
    try:
        assert wait_until(lambda: "board_serving" in part.log, PATIENCE_SECONDS), part.log
        yield f"http://127.0.0.1:{port}"
    finally:
        part.kill()


def by_token(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def post(url: str, *events: bytes) -> Any:
    body = b"[" + b",".join(events) + b"]"
    kind = {"Content-Type": "application/cloudevents-batch+json"}
    return httpx2.post(f"{url}/events", content=body, headers=by_token(INTAKE) | kind)


def look_at(url: str, booking: str) -> None:
    # The board answers from its last look at the store, which may be older than the worker's first beat.
    ready = wait_until(lambda: httpx2.get(f"{url}/readyz").status_code == 200, PATIENCE_SECONDS)
    assert ready, httpx2.get(f"{url}/readyz").text
    for path in ("/", f"/booking/{booking}", f"/booking/{booking}?format=json"):
        assert httpx2.get(f"{url}{path}", headers=by_token(DESK)).status_code == 200, path
    metrics = httpx2.get(f"{url}/metrics", headers=by_token(METRICS)).text
    for sample in ("custody_store_up 1.0", "custody_store_on_disk 1.0", "custody_store_takes_writes 1.0"):
        assert sample in metrics


def test_no_part_asks_for_more_than_its_user_may_do(site: Site) -> None:
    jail = site.jail
    notifier = site.part("notifier", NOTIFIER)  # on an empty store, before any worker
    try:
        wait_for_start(notifier)
        with (
            running_worker(
                site.directory / "worker", WORKER, routes=str(site.routes), **site.store.settings_of("worker")
            ) as worker,
            board(site) as url,
        ):
            worker.wait_until_ready()
            with site.store.client("upstream") as upstream:
                Publisher(upstream).publish(booked("B1", due_at=now() + HOUR))
                upstream.wait(0, 1)
            held = [raw(booked("B2", due_at=now() + HOUR)), raw(ice_contacted("B2", now(), reply_to="fax"))]
            answer = post(url, *held, b'{"no": "event"}')
            assert answer.status_code == 202, answer.text
            becomes(site.context, "B1", "held")
            becomes(site.context, "B2", "held")
            look_at(url, "B2")
            line = raw(bail_posted("B1", now())).decode()
            assert "1 published" in site.custody("publish", "-", stdin=line)
            becomes(site.context, "B1", "released")
            assert wait_until(lambda: any(b"released" in got.body for got in jail.got), PATIENCE_SECONDS)
            commands(site)
            receiver_gone(site, worker)
            assert worker.stop() == 0
        assert notifier.stop() == 0
    finally:
        notifier.kill()
    assert site.store.refused() == []


def commands(site: Site) -> None:
    """Each command that a person gives to a running service."""
    for words in (
        "due",
        "show B2",
        "report over-detention",
        "report shift",
        "report ice",
        "notices list",
        "alarms --stats",
        "audit verify",
        "audit export",
        "audit access",
        "losses list",
        "record bail B2 --posted-at now --kind cash --yes",
        f"reprofile {PROFILE} --all-held --dry-run",
    ):
        site.custody(*words.split())
    waiting = json.loads(site.custody("alarms", "list", "--json"))
    assert waiting
    for alarm in waiting:
        site.custody("alarms", "ack", alarm["id"], "--by", "A. Okafor")
    (rejected,) = json.loads(site.custody("rejects", "list", "--json"))
    site.custody("rejects", "replay", rejected["id"])
    found = json.loads(site.custody("doctor", "--json", is_well=False))["findings"]
    assert not [one for one in found if "user of the store" in one["detail"] or "cannot" in one["detail"]]


def receiver_gone(site: Site, worker: WorkerProcess) -> None:
    """A receiver that wants nothing any more: the sink is disabled, the watch alarmed, the sink enabled."""
    site.jail.answer = status(410)
    site.custody(
        "record", "book", "B3", "--arrested-at", "now", "--facility", "C", "--charge", "459PC", "--yes"
    )
    site.custody("record", "bail", "B3", "--posted-at", "now", "--kind", "cash", "--yes")
    assert wait_until(lambda: "sink_disabled" in site.custody("alarms", "list", "--json"), PATIENCE_SECONDS)
    site.jail.answer = None
    site.custody("notices", "enable", "jail")


def test_the_doctor_says_what_it_may_not_ask_as_a_user_with_fewer_rights(site: Site) -> None:
    found = json.loads(site.custody("doctor", "--json", is_well=False, user="notifier"))["findings"]
    details = {one["check"]: (one["verdict"], one["detail"]) for one in found}
    # What nobody has looked at is not well.
    unseen = "may not be asked as this user of the store, so nothing is known of it: ask as `operator`"
    assert details["releases"] == ("unsafe", unseen)
    assert details["writes"] == ("warning", "may not be tried as this user of the store: ask as `operator`")
    assert details["durability"][0] == "warning"
