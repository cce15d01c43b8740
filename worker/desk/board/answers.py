"""What the board shows, as frozen answers. Instants are UTC; on a simulated store, simulated ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.desk.custody_list import CustodyList


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: what happened, when, to whom.

    Attributes:
        booking: None for what is about no booking.
        text: in words, a few of them; instants in it are local, with the weekday if that is not the line's.
        is_answer: of a line about ICE, whether it is what ICE was sent, not what it asked.
        is_urgent: of what waits, whether it says that somebody may be held unlawfully.
        count: of what waits, how often it was raised.
    """

    at: datetime
    booking: str | None
    text: str
    is_answer: bool = False
    is_urgent: bool = False
    count: int = 1


@dataclass(frozen=True, slots=True)
class Health:
    """The clock's health, and what it has done. Of everybody, whatever facility the board is for.

    Attributes:
        released: how many people were released in the last 12 h.
        released_late: how many of them were released late, as the shift report counts.
        events_waiting: in all inboxes.
        notices_undelivered: waiting for a sink, or given up.
        losses: how many losses of the store nobody has accepted.
        is_on_disk: whether the store writes every change to disk; None if it may not be asked.
        rules: the policy or law that the profile in force follows, as people name it.
        caveats: sentences on why the board may not be the whole truth, or not come true.
    """

    released: int
    released_late: int
    events_waiting: int
    notices_undelivered: int
    losses: int
    is_on_disk: bool | None
    rules: str
    caveats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the board, as of the store's time `as_of`, in UTC.

    Attributes:
        facility: the only one whose people are shown; None for all. What waits, what ICE asked and was sent,
            and the clock's health are from everywhere.
        people: overdue, held, released and still here.
        due_within_12h: how many of the held.
        ice_answers: by booking number, of those whom ICE asked about: what ICE was sent, in two words.
        waiting: what waits for a person, the newest first.
        ice: what ICE asked and was sent in the last 12 h, the newest first.
        ended: who was released in the last 12 h, or whose custody ended otherwise, the newest first.
        changes_at: when it will be untrue even if nothing happens: somebody is overdue then, for one.
    """

    as_of: datetime
    facility: str | None
    people: CustodyList
    due_within_12h: int
    ice_answers: Mapping[str, str]
    waiting: tuple[Line, ...]
    ice: tuple[Line, ...]
    ended: tuple[Line, ...]
    health: Health
    changes_at: datetime


@dataclass(frozen=True, slots=True)
class Pulse:
    """The signs of life at one moment.

    Attributes:
        now: the store's time, in UTC; simulated on a simulated store.
        speed: how many seconds pass on that clock in a real one.
        beat_age: real time since a pacemaker last completed a round, never negative, of the shard
            where it is longest; None if none ever did.
    """

    now: datetime
    speed: float
    beat_age: timedelta | None
