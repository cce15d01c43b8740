"""The figures, as frozen answers. On a simulated store spans are simulated, except the age of the beat."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Life:
    """Does the clock run, and right?

    Attributes:
        beat_age: real time since a pacemaker last completed a round, of the shard
            where it is longest; None if some shard never had one.
        skew: how far the store's clock is ahead of this machine's; negative if behind.
        set_back: how far the store's clock is behind what it has shown before; 0 if it was not set back.
    """

    beat_age: timedelta | None
    skew: timedelta | None
    set_back: timedelta


@dataclass(frozen=True, slots=True)
class Due:
    """Who must be released now, and who next.

    Attributes:
        unreleased: how many people are held although their release is due.
        next_deadline_in: until the earliest deadline of anybody held; negative if it has
            passed; None if nobody is held.
    """

    unreleased: int
    next_deadline_in: timedelta | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait, and for how long the oldest; 0 if none does."""

    count: int
    oldest: timedelta


@dataclass(frozen=True, slots=True)
class SinkFigures:
    """What waits for one sink.

    Attributes:
        unreached: notices that it has not come to; counted up to `MOST_COUNTED` a shard.
        retried: notices that its receiver has not taken yet.
    """

    unreached: Waiting
    retried: Waiting
    is_disabled: bool
    dead_letters: int


@dataclass(frozen=True, slots=True)
class Inbox:
    """The events that wait to be taken in.

    Attributes:
        unread_inboxes: how many inboxes hold events and have a number that this installation does not read.
    """

    events: Waiting
    unread_inboxes: int


@dataclass(frozen=True, slots=True)
class Attention:
    """What waits for a person.

    Attributes:
        alarms: by code, of those that wait.
        losses: of the store, that nobody has accepted.
    """

    alarms: Mapping[str, Waiting]
    rejects: Waiting
    losses: int


@dataclass(frozen=True, slots=True)
class Keeping:
    """Does the store keep what it takes, and how much is in it?

    Attributes:
        is_on_disk: whether every change is on disk before it is answered; None if it may not be asked.
        streams: by stream, how many entries it has.
        memory_bytes, memory_limit_bytes: None if it may not be asked; the limit is None if there is none.
    """

    is_on_disk: bool | None
    takes_writes: bool
    overwritten_keys: int
    streams: Mapping[str, int]
    timers: int
    memory_bytes: int | None
    memory_limit_bytes: int | None


@dataclass(frozen=True, slots=True)
class People:
    """The people of the board, as of `age` ago.

    Attributes:
        past_deadline: held past the deadline, also those who only arrived after it.
        not_departed: released half an hour to a day ago, and not reported gone.
        unreadable: records that cannot be read; somebody may be held.
    """

    held: int
    past_deadline: int
    not_departed: int
    unreadable: int
    age: timedelta
