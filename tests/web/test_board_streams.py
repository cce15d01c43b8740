"""The stream of a board: nobody can hold it back, it ends with the board, and its beats are true."""

import itertools
import signal
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx2
import pytest

from tests.support.board_process import running_board
from tests.support.bookings import PROFILE, booked, now
from tests.support.viewers import Viewer, silent_viewers, viewers
from tests.support.waiting import wait_until
from tests.support.web_server import token_of, web_server
from tests.support.worker_by_hand import Store, put, repeat_until_empty, take_in
from worker.engine import intake
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.awake import show_awake
from worker.store.context import Context
from worker.web.access.access import Access
from worker.web.access.token_file import TokenFile, entry_of
from worker.web.board import routes
from worker.web.connection import Connection

HOUR = timedelta(hours=1)
PATIENCE_SECONDS = 20.0
STOPPED_WITHIN_SECONDS = 5.0
"""It takes one second; a busy machine may take longer."""

MANY = 1500
"""So many on one page are more than the network takes from a viewer who reads nothing."""


@pytest.fixture
def full_house(context: Context) -> Context:
    """A store with many people held, and a pacemaker that was just seen."""
    shard = context.shards[0]
    put(context, *(booked(f"B-{number}", due_at=now() + HOUR) for number in range(MANY)))
    repeat_until_empty(lambda: intake.work_one_batch(context, shard))
    show_awake(context.client, shard.keys)
    return context


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_in_good_order_though_half_of_its_viewers_read_nothing(
    full_house: Context, store: Store, tmp_path: Path, stop: signal.Signals
) -> None:
    with (
        running_board(tmp_path, store.url) as board,
        silent_viewers(board.url, 10, "/stream?all=1"),
        viewers(board.url, 10, "/stream?all=1") as reading,
    ):
        take_in(full_house, booked("B-late", due_at=now() + HOUR))
        assert wait_until(lambda: all(viewer.shows("B-late") for viewer in reading), PATIENCE_SECONDS)
        board.process.send_signal(stop)
        assert board.process.wait(STOPPED_WITHIN_SECONDS) == 0
        assert wait_until(lambda: all(viewer.has_ended for viewer in reading), PATIENCE_SECONDS)
    assert "Traceback" not in board.log
    assert '"level":"error"' not in board.log


def test_who_reads_nothing_is_cut_and_who_reads_is_not(
    full_house: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "_patience", 0.5)
    with (
        web_server(full_house, is_open_desk=True) as url,
        viewers(url, 1, "/stream?all=1") as (reading,),
        silent_viewers(url, 1, "/stream?all=1") as (silent,),
    ):
        for number in range(3):
            take_in(full_house, booked(f"B-late-{number}", due_at=now() + HOUR))
            assert wait_until(partial(reading.shows, f"B-late-{number}"), PATIENCE_SECONDS)
            reading.next_beat()
        assert silent.is_cut()
        reading.next_beat()


def test_one_stream_too_many_is_refused_until_another_ends(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MOST_STREAMS", 3)
    with web_server(context, is_open_desk=True) as url, viewers(url, 3) as (first, *_):
        refused = httpx2.get(f"{url}/stream")
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert httpx2.get(url).status_code == 200
        first.close()
        assert wait_until(lambda: _is_open(url), PATIENCE_SECONDS)


def _is_open(url: str) -> bool:
    with httpx2.stream("GET", f"{url}/stream") as answer:
        return answer.status_code == 200


def test_a_token_taken_out_of_the_file_ends_its_streams_and_no_other(
    context: Context, tmp_path: Path
) -> None:
    stays, goes = token_of("cck_stays", "desk"), token_of("cck_goes", "desk")
    path = tmp_path / "tokens.toml"
    path.write_text("\n".join([*entry_of(stays), *entry_of(goes)]))
    file = TokenFile(path)
    with web_server(context, access=Access(file.tokens)) as url:
        one = Viewer(url, Authorization="Bearer cck_stays")
        other = Viewer(url, Authorization="Bearer cck_goes")
        try:
            assert wait_until(lambda: one.of("beat") and other.of("beat"), PATIENCE_SECONDS)
            path.write_text("\n".join(entry_of(stays)))
            assert wait_until(lambda: other.has_ended, PATIENCE_SECONDS)
            one.next_beat()
        finally:
            one.close()
            other.close()


@pytest.fixture
def two_shards(store: Store) -> Iterator[Context]:
    """An open context on an empty store of two shards."""
    context = open_context(Settings(profile=PROFILE, shards=2), store.url)
    yield context
    context.client.close()


def test_a_beat_is_as_old_as_the_one_of_the_shard_that_has_waited_longest(two_shards: Context) -> None:
    """One pacemaker of two that is dead must not hide behind the other."""
    alive, dies = two_shards.shards
    show_awake(two_shards.client, alive.keys)
    with web_server(two_shards, is_open_desk=True) as url, viewers(url, 1) as (viewer,):
        assert viewer.next_beat()["beat_age_ms"] is None
        show_awake(two_shards.client, dies.keys)
        assert wait_until(lambda: viewer.next_beat()["beat_age_ms"] is not None, PATIENCE_SECONDS)
        died_at_ms = _store_now_ms(two_shards)
        for _ in range(3):
            show_awake(two_shards.client, alive.keys)
            beat = viewer.next_beat()
            assert beat["now_ms"] - beat["beat_age_ms"] <= died_at_ms


def _store_now_ms(context: Context) -> float:
    return context.store_now().timestamp() * 1000


def test_a_beat_has_the_store_s_time_and_the_viewers_have_one_each_second(context: Context) -> None:
    show_awake(context.client, context.shards[0].keys)
    with web_server(context, is_open_desk=True) as url, viewers(url, 2) as watching:
        for viewer in watching:
            viewer.next_beat()
        before = _store_now_ms(context)
        beats = [watching[0].next_beat() for _ in range(4)]
        assert before - 1_000 <= beats[0]["now_ms"] <= _store_now_ms(context)
        gaps = [later["now_ms"] - earlier["now_ms"] for earlier, later in itertools.pairwise(beats)]
        assert min(gaps) > 500
        assert {beat["speed"] for beat in beats} == {1.0}
