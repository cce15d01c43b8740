"""Counts the people on the board: the numbers on the screen and in the monitoring are the same."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from worker.desk.board.answers import Board
from worker.desk.gauges.answers import People
from worker.store.context import OpenStore

OLDEST_BOARD: Final = timedelta(seconds=30)


class NoBoardError(RuntimeError):
    """There is no board, or it is too old to count the people on it."""


def read_people(store: OpenStore, board: Board | None) -> People:
    """Count the people on a board of everybody.

    Raises:
        NoBoardError: there is none yet, or it is older than `OLDEST_BOARD`.
        redis.exceptions.RedisError: the store does not answer.
    """
    if board is None:
        raise NoBoardError("no board was read yet")
    age = max(timedelta(0), store.store_now() - board.as_of)
    if age > OLDEST_BOARD:
        raise NoBoardError(f"the board is {age.total_seconds():.0f} s old")
    people = board.people
    return People(
        held=people.held_in_all,
        past_deadline=len(people.overdue),
        not_departed=len(people.not_departed),
        unreadable=len(people.unreadable),
        age=age,
    )


def suspects(store: OpenStore, board: Board | None) -> Iterator[str]:
    """The bookings that a board, however old, shows as held and whose deadline has come by now."""
    if board is None:
        return
    now = store.store_now()
    yield from (person.booking for person in board.people.overdue)
    yield from (person.booking for person in board.people.held if person.deadline <= now)
