"""What the board follows is what it would read from the beginning, whatever happens in the store."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from tests.support.bookings import booked, ice_contacted, now
from tests.support.histories import History
from tests.support.viewers import Viewer, viewers
from tests.support.waiting import wait_until
from tests.support.web_server import web_server
from tests.support.worker_by_hand import everything, fire_all, put, repeat_until_empty, take_in
from worker.desk.board.answers import Board
from worker.desk.board.follow import Follower, StoreExchangedError
from worker.desk.board.memory import BoardMemory
from worker.engine import intake
from worker.store.context import Context

HOUR = timedelta(hours=1)
PATIENCE_SECONDS = 20.0
A_ROUND_OF_LOOKS = 10
"""After so many looks each record of these small stores was read again."""


class Following:
    """A board that was read once and is followed since."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._follower = Follower(context)
        self._memory = BoardMemory()
        for news in self._follower.read_everything():
            self._memory.take_in(news)
        self.look()

    def look(self) -> None:
        """Read what has changed."""
        self._memory.take_in(self._follower.look().news)

    def board(self, at: datetime) -> Board:
        """What it shows at this instant."""
        return self._memory.board(self._context, at)


def parts(board: Board) -> dict[str, Any]:
    """What must be the same, however it was read: not the order of lines of one instant."""
    return {
        "people": replace(board.people, unreadable=()),
        "unreadable": {(error.booking, str(error)) for error in board.people.unreadable},
        "due within 12 h": board.due_within_12h,
        "ICE answers": board.ice_answers,
        "ICE": Counter(board.ice),
        "ended": Counter(board.ended),
        "waiting": Counter((line.booking, line.text) for line in board.waiting),
        "released": (board.health.released, board.health.released_late),
        "events waiting": board.health.events_waiting,
    }


def differences(context: Context, following: Following) -> dict[str, tuple[Any, Any]]:
    """Which parts are not as read from the beginning, as followed and as read."""
    at = context.store_now()
    followed, read = parts(following.board(at)), parts(Following(context).board(at))
    return {name: (followed[name], read[name]) for name in read if followed[name] != read[name]}


def work(context: Context) -> None:
    """What a worker does with all that waits and is due."""
    repeat_until_empty(lambda: intake.work_one_batch(context, context.shards[0]))
    fire_all(context)


@pytest.mark.parametrize("seed", range(5))
def test_following_a_random_history_is_reading_it_from_the_beginning(context: Context, seed: int) -> None:
    chance = Random(seed)
    history = History(seed, now(), timedelta(seconds=3))
    following = Following(context)
    events = iter(history.sent)
    while batch := [event for _, event in zip(range(chance.randrange(1, 40)), events, strict=False)]:
        put(context, *batch)
        if chance.random() < 0.8:
            work(context)
        following.look()
        assert not differences(context, following)
    assert wait_until(lambda: now() > history.all_due_at, PATIENCE_SECONDS)
    work(context)
    following.look()
    assert not differences(context, following)
    assert following.board(now()).ended


@pytest.mark.parametrize("seed", range(3))
def test_what_another_program_does_to_records_is_found(context: Context, seed: int) -> None:
    """Nothing in the journal says so."""
    chance = Random(seed)
    keys = context.shards[0].keys
    put(context, *History(seed, now(), timedelta(seconds=30)).sent)
    work(context)
    following = Following(context)
    bookings = [person.booking for person in following.board(now()).people.held]
    chosen = chance.sample(bookings, 6)
    dumps: dict[str, Any] = {booking: context.client.dump(keys.record(booking)) for booking in chosen}
    take_in(context, *(booked(f"new-{number}", due_at=now() + HOUR) for number in range(150)))
    for booking in chosen[:3]:
        context.client.delete(keys.record(booking))
    context.client.hset(keys.record(chosen[3]), mapping={"doc": "spoiled"})
    for _ in range(A_ROUND_OF_LOOKS):
        following.look()
    assert not differences(context, following)
    assert following.board(now()).people.unreadable
    for booking in chosen:
        context.client.restore(keys.record(booking), 0, dumps[booking], replace=True)
    for _ in range(A_ROUND_OF_LOOKS):
        following.look()
    assert not differences(context, following)
    assert not following.board(now()).people.unreadable


def test_a_trimmed_journal_costs_nobody_a_place(context: Context) -> None:
    keys = context.shards[0].keys
    take_in(context, *(booked(f"B-{number}", due_at=now() + HOUR) for number in range(20)))
    following = Following(context)
    context.client.xtrim(keys.journal, maxlen=5, approximate=False)
    take_in(context, booked("B-new", due_at=now() + HOUR), ice_contacted("B-new", now()))
    following.look()
    assert not differences(context, following)


def test_a_journal_that_is_behind_what_was_read_is_noticed(context: Context) -> None:
    take_in(context, booked("B-1", due_at=now() + HOUR))
    following = Following(context)
    context.client.delete(context.shards[0].keys.journal)
    with pytest.raises(StoreExchangedError):
        following.look()
    Following(context).look()


@contextmanager
def watched(context: Context) -> Iterator[Viewer]:
    """A viewer of a board on this store."""
    with web_server(context, is_open_desk=True) as url, viewers(url, 1) as (viewer,):
        yield viewer


def test_an_emptied_store_is_an_empty_board_and_is_followed_on(context: Context) -> None:
    take_in(context, booked("B-1", due_at=now() + HOUR))
    with watched(context) as viewer:
        assert viewer.shows("B-1")
        context.client.flushall()
        assert wait_until(lambda: viewer.shows("Nobody is held"), PATIENCE_SECONDS)
        take_in(context, booked("B-2", due_at=now() + HOUR))
        assert wait_until(lambda: viewer.shows("B-2"), PATIENCE_SECONDS)
        assert not viewer.shows("B-1")


@pytest.mark.parametrize("goes_on_at_once", [False, True])
def test_older_data_put_back_is_what_the_board_shows(context: Context, goes_on_at_once: bool) -> None:
    """Also where the journal has gone on by the next look, so that only the records show what happened."""
    shard = context.shards[0]
    take_in(context, booked("B-1", due_at=now() + HOUR))
    older = everything(shard)
    take_in(context, booked("B-2", due_at=now() + HOUR))
    with watched(context) as viewer:
        assert viewer.shows("B-2")
        pipeline: Any = context.client.pipeline(transaction=True)
        pipeline.delete(*everything(shard))
        for key, dump in older.items():
            pipeline.restore(key, 0, dump, replace=True)
        if goes_on_at_once:
            pipeline.xadd(shard.keys.journal, {"entry": "{}"})
        pipeline.execute()
        assert wait_until(lambda: not viewer.shows("B-2"), PATIENCE_SECONDS)
        assert viewer.shows("B-1")
        take_in(context, booked("B-3", due_at=now() + HOUR))
        assert wait_until(lambda: viewer.shows("B-3"), PATIENCE_SECONDS)
        assert viewer.shows("B-1")
