"""The weekend of the demo can be watched on the board, which shows simulated time and is live."""

import re
import socket
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from ops.demo.board_process import USUAL_PORT, free_port
from tests.ops.demo.test_demo import command, left_behind
from tests.support.bookings import PROFILE
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import Store
from worker.clock import ScaledClock
from worker.desk.custody_list import caveats
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import simulation
from worker.store.keys import Keys

PATIENCE_SECONDS = 60.0
SPEED = 4500


def page_at(address: str) -> str:
    try:
        return httpx2.get(address, timeout=5).text
    except httpx2.TransportError:
        return ""


def held(page: str) -> int:
    """How many the page says are held; 0 without a page."""
    found = re.search(r"([0-9,]+) held", re.sub(r"<[^>]*>", "", page))
    return int(found[1].replace(",", "")) if found else 0


@pytest.mark.live
def test_the_weekend_is_on_the_board_whose_address_comes_first(environment: dict[str, str]) -> None:
    running = subprocess.Popen(
        command("--speed", str(SPEED)),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout is not None
        address, _, rest = running.stdout.readline().partition(" ")
        assert "as long as the demo" in rest
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
        assert wait_until(lambda: held(page_at(address)) > 0, PATIENCE_SECONDS)
        page = page_at(address)
        assert f"{SPEED:,} times real speed" in page
        assert re.search(r"1[1-4] Nov", page), "the simulated day"
        assert 'data-state="dead"' not in page
        assert "not been taken in yet" not in page
        assert wait_until(lambda: "WKND-" in page_at(address), PATIENCE_SECONDS)
    finally:
        running.terminate()
        running.communicate(timeout=60)
    assert running.returncode == 130
    assert not left_behind(environment)


def test_an_event_of_a_simulated_store_is_late_by_real_time(store: Store) -> None:
    """At 4500 times real speed each event waits for an hour of simulated time."""
    real = datetime.now(UTC)
    simulation.mark(store.client, Keys(), ScaledClock(real, real, SPEED))
    context = open_context(Settings(profile=PROFILE), store.url)

    def waits_since(span: timedelta) -> bool:
        context.client.delete(Keys().inbox)
        context.shards[0].inbox.ensure_group()
        at_ms = int((datetime.now(UTC) - span).timestamp() * 1000)
        context.client.xadd(Keys().inbox, {"event": b"{}"}, id=f"{at_ms}-0")
        return any("not been taken in yet" in one for one in caveats(context))

    assert not waits_since(timedelta(seconds=5))
    assert waits_since(timedelta(seconds=15))
    context.client.close()


def test_a_usual_port_that_is_taken_is_not_used() -> None:
    with closing(socket.socket()) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", USUAL_PORT))
            taken.listen()
        except OSError:  # somebody else has it already
            pass
        assert free_port() != USUAL_PORT
