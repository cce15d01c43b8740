"""What the board shows beside the people: what waits for a person, and the clock's health.

Counts that come with every look say what has to be read again; nothing long is read without need.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec import DecodeError
from redis.exceptions import ResponseError

from worker.desk.board.answers import Line
from worker.desk.board.lines import of_alarm, of_rejected
from worker.desk.custody_list import caveats
from worker.desk.doctor.store import is_on_disk
from worker.desk.rejected import EVENT_REFUSED
from worker.store import alarms, losses, rejects, sinks
from worker.store.context import Context, Shard
from worker.store.outbox import BEGINNING, position
from worker.store.rejects import StoredRejection
from worker.store.wrong_types import is_wrong_type

SPOILED: Final = "a part of the store cannot be read: see `custody doctor`"

_CAVEATS_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 10.0
"""For what may change without its counts: an alarm that is raised again."""
_ON_DISK_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class SideFacts:
    """As `Board` and `Health` have them; `waiting` in no order."""

    waiting: tuple[Line, ...] = ()
    events_waiting: int = 0
    notices_undelivered: int = 0
    losses: int = 0
    is_on_disk: bool | None = None
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is of what has to be read only when that changes, of one shard.

    Attributes:
        cursors: by sink, the last outbox entry that it has dealt with.
        unreached: how many outbox entries are after the last of these cursors; None if that is not known.
    """

    inbox: int = 0
    alarms: tuple[int, int] = (0, 0)
    rejects: tuple[int, int, int] = (0, 0, 0)
    dead_letters: int = 0
    losses: int = 0
    cursors: Mapping[str, str] = field(default_factory=dict)
    unreached: int | None = 0


class SideReader:
    """Reads it from the store, as far as it has changed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._shards = [_ShardSide(context, shard) for shard in context.shards]
        self._caveats: tuple[str, ...] = ()
        self._caveats_due = _Due(_CAVEATS_SECONDS)
        self._is_on_disk: bool | None = None
        self._on_disk_due = _Due(_ON_DISK_SECONDS)

    def read(self, counts: Sequence[Counts]) -> SideFacts:
        """As it is now.

        Raises:
            redis.exceptions.RedisError: the store does not answer.
        """
        if self._on_disk_due.is_now():
            self._is_on_disk = is_on_disk(self._context.client)
        if self._caveats_due.is_now():
            self._caveats = _read_caveats(self._context)
        for side, count in zip(self._shards, counts, strict=True):
            side.read(count)
        spoiled = (SPOILED,) if any(side.is_spoiled for side in self._shards) else ()
        return SideFacts(
            waiting=tuple(line for side in self._shards for line in side.waiting()),
            events_waiting=sum(count.inbox for count in counts),
            notices_undelivered=sum(side.undelivered for side in self._shards),
            losses=sum(side.losses for side in self._shards),
            is_on_disk=self._is_on_disk,
            caveats=(*self._caveats, *(one for one in spoiled if one not in self._caveats)),
        )


class _ShardSide:
    def __init__(self, context: Context, shard: Shard) -> None:
        self._context = context
        self._shard = shard
        self._seen = Counts(alarms=(-1, -1), rejects=(0, 0, 0), dead_letters=-1, losses=-1)
        self._again = _Due(_AGAIN_SECONDS)
        self._alarms: list[Line] = []
        self._rejected: dict[str, Line] = {}
        self._last_reject = BEGINNING
        self._dead: set[str] = set()
        self._in_queues = 0
        self._queues_due = _Due(_CAVEATS_SECONDS)
        self._count_due = _Due(_AGAIN_SECONDS)
        self._after_cursors = 0
        self.undelivered = 0
        self.losses = 0
        self.is_spoiled = False

    def waiting(self) -> list[Line]:
        """What waits for a person."""
        return [*self._alarms, *self._rejected.values()]

    def read(self, counts: Counts) -> None:
        before, self._seen = self._seen, counts
        is_again = self._again.is_now()
        self.is_spoiled = self.is_spoiled and not is_again
        if counts.alarms != before.alarms or is_again:
            self._try(self._read_alarms)
        if counts.rejects[0] < before.rejects[0]:  # somebody has removed some
            self._rejected, self._last_reject = {}, BEGINNING
        if counts.rejects != before.rejects or is_again:
            self._try(self._read_rejected)
        if counts.dead_letters != before.dead_letters or is_again:
            self._try(self._read_dead_letters)
        if counts.losses != before.losses or is_again:
            self._try(self._read_losses)
        if self._queues_due.is_now() or counts.cursors.keys() != before.cursors.keys():
            self._try(self._read_queues)
        unreached = self._after_cursors if counts.unreached is None else counts.unreached
        self.undelivered = self._in_queues + unreached + len(self._dead)

    def _try(self, read: Callable[[], None]) -> None:
        """What another program has spoiled stays as it was last read."""
        try:
            read()
        except ResponseError as error:
            if not is_wrong_type(error):
                raise
            self.is_spoiled = True
        except (DecodeError, UnicodeDecodeError):
            self.is_spoiled = True

    def _read_alarms(self) -> None:
        found = alarms.waiting(self._shard.client, self._shard.keys).values()
        self._alarms = [of_alarm(alarm, alarm.last_at) for alarm in found if alarm.code != EVENT_REFUSED]

    def _read_rejected(self) -> None:
        client, keys = self._shard.client, self._shard.keys
        for rejection in rejects.after(client, keys, self._last_reject):
            self._last_reject = rejection.id
            if rejection.waits:
                self._rejected[rejection.id] = self._rejected_line(rejection)
        for id_ in rejects.settled_among(client, keys, list(self._rejected)):
            del self._rejected[id_]

    def _rejected_line(self, one: StoredRejection) -> Line:
        return of_rejected(self._context.by_clock(one.rejected_at), one.booking, one.type, one.reason)

    def _read_dead_letters(self) -> None:
        self._dead = {id_ for _, id_ in sinks.dead_letters(self._shard.client, self._shard.keys)}

    def _read_losses(self) -> None:
        self.losses = len(losses.unaccepted(self._shard.client, self._shard.keys))

    def _read_queues(self) -> None:
        client, keys = self._shard.client, self._shard.keys
        if self._seen.unreached is None:
            if self._count_due.is_now():
                self._in_queues, self._after_cursors = 0, sinks.count_waiting(client, keys)
        else:
            self._in_queues = sum(client.hlen(keys.sink_waiting(sink)) for sink in self._seen.cursors)


class _Due:
    """Whether it is time again."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._at = time.monotonic()

    def is_now(self) -> bool:
        now = time.monotonic()
        if now < self._at:
            return False
        self._at = now + self._seconds
        return True


def _read_caveats(context: Context) -> tuple[str, ...]:
    try:
        return tuple(caveats(context))
    except ResponseError as error:
        if not is_wrong_type(error):
            raise
        return (SPOILED,)


def oldest_cursor(cursors: Mapping[str, str]) -> tuple[int, int]:
    """Where the slowest sink is."""
    return min(map(position, cursors.values()), default=position(BEGINNING))
