"""What HTTP intake says yes to is in the file of the day before it says so."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2

from tests.support.board_process import BoardProcess, running_board
from tests.support.bookings import SOURCE, bail_posted, booked, now, raw
from tests.support.sender import Sender, in_the_inbox, sender
from tests.support.waiting import wait_until
from tests.support.web_server import token_of
from tests.support.worker_by_hand import Store
from worker.store.context import Context
from worker.store.day_file import DIRECTORY, Accepted, DayFiles, read_since
from worker.web.access.token_file import entry_of
from worker.web.intake.routes import Safety

HOUR = timedelta(hours=1)
PATIENCE_SECONDS = 30.0
LONG_AGO = datetime(2016, 11, 15, tzinfo=UTC)


def accepted(data_dir: Path) -> list[bytes]:
    """The events in the day files."""
    return [line.arrival.raw for line in read_lines(data_dir)]


def read_lines(data_dir: Path) -> list[Accepted]:
    if not (data_dir / DIRECTORY).exists():
        return []
    lines = list(read_since(data_dir / DIRECTORY, LONG_AGO))
    assert all(isinstance(line, Accepted) for line in lines)
    return [line for line in lines if isinstance(line, Accepted)]


def test_what_is_accepted_is_in_the_file_as_in_the_inbox_and_what_is_refused_is_not(
    context: Context, tmp_path: Path
) -> None:
    booking = raw(booked("B-1", due_at=now() + HOUR))
    secret = json.loads(booking)
    secret["data"]["citizenship"] = "unheard-of"
    events = [json.dumps(secret).encode(), b'{"id": 1}', raw(bail_posted("B-1", now()))]
    with sender(context, safety=Safety(day_files=DayFiles(tmp_path))) as upstream:
        assert upstream.batch(*events).status_code == 202
        assert upstream.post(b"garbage").status_code == 400
    in_the_file = accepted(tmp_path)
    assert len(in_the_file) == 2
    assert set(in_the_file) < set(in_the_inbox(context))
    assert b"unheard-of" not in b"".join(in_the_file)
    arrived = [context.arrived_at(id_.decode()) for id_, _ in context.client.xrange("{custody:0}:inbox")]
    assert [line.at for line in read_lines(tmp_path)] == [arrived[0], arrived[2]]


def test_where_the_file_cannot_be_written_nothing_is_accepted_and_the_sender_sends_again(
    context: Context, tmp_path: Path
) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o700)
    (data_dir / DIRECTORY).write_text("in the way")
    event = raw(booked("B-1", due_at=now() + HOUR))
    with sender(context, safety=Safety(day_files=DayFiles(data_dir))) as upstream:
        answer = upstream.post(event)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert "accepted events" in answer.json()["detail"]
        (data_dir / DIRECTORY).unlink()
        assert upstream.post(event).status_code == 202
    assert accepted(data_dir) == [event]


def test_without_the_store_nothing_is_in_the_file(context: Context, tmp_path: Path) -> None:
    context.client.set("{custody:0}:inbox", "spoilt")
    with sender(context, safety=Safety(day_files=DayFiles(tmp_path))) as upstream:
        assert upstream.post(raw(booked("B-1", due_at=now() + HOUR))).status_code == 503
    assert accepted(tmp_path) == []


@contextmanager
def board_for(tmp_path: Path, store: Store, **settings: Any) -> Iterator[BoardProcess]:
    """A real board that takes events."""
    tokens = tmp_path / "tokens.toml"
    tokens.write_text("\n".join(entry_of(token_of("cck_jail", "intake", SOURCE))))
    options = ("--forwarded-allow-ips", "127.0.0.1")
    with running_board(tmp_path / "board", store.url, *options, tokens=str(tokens), **settings) as board:
        yield board


def send(url: str, answered: list[str]) -> None:
    """Send bookings until there is no answer; keep the ids of those that were accepted."""
    upstream = Sender(url, "cck_jail")
    try:
        for number in range(100_000):
            events = [booked(f"B-{number}-{part}", due_at=now() + HOUR) for part in range(5)]
            answered += upstream.batch(*map(raw, events)).json()["accepted"]
    except httpx2.HTTPError:
        return
    finally:
        upstream.close()


def test_every_event_that_a_killed_board_said_yes_to_is_in_the_file(
    context: Context, store: Store, tmp_path: Path
) -> None:
    answered: list[str] = []
    with board_for(tmp_path, store) as board:
        posting = Thread(target=send, args=(board.url, answered))
        posting.start()
        assert wait_until(lambda: len(answered) > 200, PATIENCE_SECONDS)
        board.kill()
        posting.join(PATIENCE_SECONDS)
    ids = [json.loads(event)["id"] for event in accepted(board.data_dir)]
    assert set(answered) <= set(ids)
    assert ids[: len(answered)] == answered


def test_a_site_may_do_without_the_files(context: Context, store: Store, tmp_path: Path) -> None:
    event = raw(booked("B-1", due_at=now() + HOUR))
    with board_for(tmp_path, store, accepted_files="false") as board:
        upstream = Sender(board.url, "cck_jail")
        assert upstream.post(event).status_code == 202
        upstream.close()
    assert not (board.data_dir / DIRECTORY).exists()
