"""What the board shows, as frozen answers. Instants are UTC; on a simulated store, simulated ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.desk.custody_list import CustodyList


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: what happened, when, to whom.

    Attributes:
        booking: None for what is about no booking.
        text: in words, in a few of them.
        is_answer: of a line about ICE, whether it is what ICE was sent, not what it asked.
    """

    at: datetime
    booking: str | None
    text: str
    is_answer: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """The clock's health, and what it has done.

    Attributes:
        released: how many people were released in the last 12 h.
        released_late: how many of them later than the law allows a clock, 60 s after entitlement.
        events_waiting: in all inboxes.
        notices_undelivered: waiting for a sink, or given up.
        is_on_disk: whether the store writes every change to disk; None if it may not be asked.
        rules: the profile's name.
    """

    released: int
    released_late: int
    events_waiting: int
    notices_undelivered: int
    is_on_disk: bool | None
    rules: str


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the board, as of the store's time `as_of`, in UTC.

    Attributes:
        facility: the only one whose people are shown; None for all. What waits is from everywhere.
        people: overdue, held, released and still here.
        due_within_12h: how many of the held.
        waiting: what waits for a person, the newest first.
        ice: what ICE asked and was sent, the newest first.
        ended: who was released, or whose custody ended otherwise, the newest first.
    """

    as_of: datetime
    facility: str | None
    people: CustodyList
    due_within_12h: int
    waiting: tuple[Line, ...]
    ice: tuple[Line, ...]
    ended: tuple[Line, ...]
    health: Health


@dataclass(frozen=True, slots=True)
class Pulse:
    """The signs of life at one moment.

    Attributes:
        now: the store's time, in UTC; simulated on a simulated store.
        speed: how many seconds pass on that clock in a real one.
        beat_age: real time since a pacemaker last completed a round, of the shard
            where it is longest; None if none ever did.
    """

    now: datetime
    speed: float
    beat_age: timedelta | None
