"""Commits transitions: one script, one map from its return codes to outcomes."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import IntEnum
from importlib.resources import files
from itertools import islice
from typing import Any, Final

from msgspec import Struct
from redis.exceptions import NoScriptError

from events.instants import COMMIT_MARK
from events.outbound import Outbound
from worker.custody.journal import Entry, record_digest
from worker.custody.transition import Transition
from worker.store.connection import Client
from worker.store.keys import INBOX_GROUP, Keys
from worker.store.pipelining import ask
from worker.store.record_layout import document_of
from worker.store.unix_ms import to_ms, to_ms_up

SCRIPT: Final = files("worker.store").joinpath("commit.lua").read_text()

COMMITS_A_CALL: Final = 50
"""A call costs the store as much as a commit, and a flush to disk. More would hold up its other clients."""

CALLS_ON_THE_WAY: Final = 4
"""Enough that the store never waits for the next, few enough that the answers are not long in coming."""

_NO_BOUNDS: Final = " " * 7
"""Of a commit that concerns no record: eight times nothing, with blanks between."""


class Committed(IntEnum):
    """What the script answered; the numbers are its own."""

    COMMITTED = 0
    CONFLICT = 1
    TOO_EARLY = 2
    TOO_LATE = 3
    PAST_CEILING = 4
    ENDED = 5
    WITHOUT_CLOCK = 6

    @property
    def may_be_decided_again(self) -> bool:
        """Whether a decision on the newest record, at the store's time, can succeed."""
        return self in {Committed.CONFLICT, Committed.TOO_EARLY, Committed.TOO_LATE}


_OUTCOMES: Final = tuple(Committed)
"""By their numbers."""


class Reject(Struct, frozen=True):
    """An event set aside whole."""

    event: bytes
    reason: str
    detail: str
    inbox_id: str


class Commit(Struct, frozen=True):
    """One commit: a transition (or none), and the inbox entries that it settles."""

    transition: Transition | None
    rejects: tuple[Reject, ...] = ()
    settles: tuple[str, ...] = ()
    alarms: tuple[Outbound, ...] = ()
    """Alarms about the service itself, which no record's transition carries."""


class Encoded(Struct, frozen=True):
    """A commit as the script takes it: the record's key, and its arguments."""

    key: str
    arguments: list[Any]


class Answer(Struct, frozen=True):
    """What the store said to one commit, and its time when it said so."""

    outcome: Committed
    store_ms: int


class Committer:
    """Writes commits to one shard, all in one round trip."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._fixed_keys = (
            keys.timers,
            keys.journal,
            keys.outbox,
            keys.inbox,
            keys.rejects,
            keys.simulation,
            keys.wake,
        )
        self._digest: str | None = None

    def commit(self, commits: Sequence[Commit], now: datetime) -> list[Answer]:
        """Write each commit for itself; a refused one leaves nothing behind.

        Raises:
            redis.exceptions.RedisError: the store did not answer. Some may be written: the version tells.
        """
        answers = dict(self.write([self.encode(commit) for commit in commits], now))
        return [answers[index] for index in range(len(commits))]

    def encode(self, commit: Commit) -> Encoded:
        """A commit as the script takes it, made ready before its time."""
        booking, bounds, document, digest = "", _NO_BOUNDS, b"", ""
        entries: Sequence[Entry] = ()
        outbound = commit.alarms
        if transition := commit.transition:
            booking, bounds, entries = transition.record.booking, _bounds(transition), transition.entries
            outbound = (*transition.outbound, *outbound)
            if entries:
                document = document_of(transition.record)
                digest = record_digest(document, COMMIT_MARK)
        arguments: list[Any] = [booking, document, digest]
        for entry in entries:
            arguments += (entry.body[:-1], entry.hash.hex())
        arguments += [event.to_wire() for event in outbound]
        for reject in commit.rejects:
            arguments += (reject.event, reject.reason, reject.detail, reject.inbox_id)
        arguments += commit.settles
        head = f"{len(arguments)} {bounds} {len(entries)} {len(outbound)} {len(commit.rejects)}"
        return Encoded(self._keys.record(booking), [head, *arguments])

    def write(self, encoded: Iterable[Encoded], now: datetime) -> Iterator[tuple[int, Answer]]:
        """Write commits that are ready; give each answer, with the commit's index, as soon as it is there.

        The commits are taken one by one: the store works on some while the next are still being made.

        Raises:
            redis.exceptions.RedisError: as `commit`, once what else was answered has been given.
        """
        source = iter(encoded)
        lots: list[list[Encoded]] = []

        def calls() -> Iterator[list[Any]]:
            while lot := list(islice(source, COMMITS_A_CALL)):
                lots.append(lot)
                yield self._call(lot, now)

        forgotten: list[int] = []
        failure: Exception | None = None
        for number, answer in enumerate(self._evaluate(calls())):
            if isinstance(answer, NoScriptError):
                forgotten.append(number)
            elif isinstance(answer, Exception):
                failure = failure or answer
            else:
                yield from _answers(number, answer)
        if forgotten:
            # The store was restarted, and is sent the script again.
            self._digest = None
            again = (self._call(lots[number], now) for number in forgotten)
            for number, answer in zip(forgotten, self._evaluate(again), strict=True):
                if isinstance(answer, Exception):
                    failure = failure or answer
                else:
                    yield from _answers(number, answer)
        if failure is not None:
            raise failure

    def _call(self, encoded: Sequence[Encoded], now: datetime) -> list[Any]:
        call: list[Any] = [len(self._fixed_keys) + len(encoded), *self._fixed_keys]
        call += [commit.key for commit in encoded]
        call += (to_ms(now), COMMIT_MARK, INBOX_GROUP)
        for commit in encoded:
            call += commit.arguments
        return call

    def _evaluate(self, calls: Iterable[list[Any]]) -> Iterator[Any]:
        digest = self._digest = self._digest or str(self._client.script_load(SCRIPT))
        evaluations = (("EVALSHA", digest, *call) for call in calls)
        return ask(self._client, evaluations, at_a_time=CALLS_ON_THE_WAY)


def _answers(call: int, answer: list[int]) -> Iterator[tuple[int, Answer]]:
    store_ms, *outcomes = answer
    for index, outcome in enumerate(outcomes, call * COMMITS_A_CALL):
        yield index, Answer(_OUTCOMES[outcome], store_ms)


def _bounds(transition: Transition) -> str:
    """What the script holds the record to before it writes, as commit.lua lists it."""
    record = transition.record
    ceiling = record.ceiling.deadline if record.ceiling else None
    return (
        f"{transition.before} {record.version}"
        f" {_ms_or_empty(transition.not_before)} {_ms_or_empty(transition.not_after)}"
        f" {_ms_or_empty(record.deadline)} {_ms_or_empty(ceiling)}"
        f" {record.state} {_ms_or_empty(transition.attention)}"
    )


def _ms_or_empty(instant: datetime | None) -> int | str:
    return "" if instant is None else to_ms_up(instant)
