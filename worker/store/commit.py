"""Commits transitions: one script, and one map from its return codes to outcomes."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import IntEnum
from importlib.resources import files
from itertools import islice
from typing import Any, Final

from msgspec import Struct
from redis.exceptions import NoScriptError

from events.outbound import ClockAlarmed, Outbound
from worker.custody.commit_time import COMMIT_MARK, marked
from worker.custody.journal import Entry, record_digest
from worker.custody.record_document import write_record
from worker.custody.same_alarm import RaisedAlarm, raised
from worker.custody.transition import RejectedEvent, Transition
from worker.store.alarms import Acknowledging
from worker.store.commit_head import CommitHead
from worker.store.connection import Client, NotNowError
from worker.store.keys import INBOX_GROUP, Keys
from worker.store.pipelining import ask
from worker.store.unix_ms import to_ms, to_ms_up
from worker.store.wrong_types import is_wrong_type, set_aside

SCRIPT: Final = files("worker.store").joinpath("commit.lua").read_text()

COMMITS_A_CALL: Final = 50
"""A call costs the store as much as a commit, plus an fsync; more commits would block its other clients."""

CALLS_IN_FLIGHT: Final = 4
"""Enough to keep the store busy, few enough that answers come soon."""


class CommitOutcome(IntEnum):
    """The script's answer to one commit; the numbers are the script's."""

    COMMITTED = 0
    CONFLICT = 1
    TOO_EARLY = 2
    TOO_LATE = 3
    PAST_CEILING = 4
    ENDED = 5
    WITHOUT_CLOCK = 6
    INBOX_FIRST = 7
    FENCED = 8
    NO_RECORD_KEY = 9
    """The record's key holds something else than a record."""
    NOT_WAITING = 10
    """The alarm is acknowledged by now, or there never was one."""


class Commit(Struct, frozen=True):
    """One commit: a transition (or none), and the inbox entries that it settles."""

    transition: Transition | None
    rejects: tuple[RejectedEvent, ...] = ()
    settles: tuple[str, ...] = ()
    alarms: tuple[RaisedAlarm, ...] = ()
    """Alarms raised by the engine; they belong to no record's transition."""
    acknowledging: tuple[Acknowledging, ...] = ()


class Encoded(Struct, frozen=True):
    """A commit as the script takes it: the record's key and the arguments."""

    key: str
    arguments: list[Any]


class Answer(Struct, frozen=True):
    """The outcome of one commit, and the store's time at it."""

    outcome: CommitOutcome
    store_ms: int


class Committer:
    """Writes commits to one shard, many in one round trip."""

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
            keys.reader_fence,
            keys.settled,
            keys.alarms,
            keys.acknowledged,
        )
        self._digest: str | None = None

    def commit(self, commits: Sequence[Commit], now: datetime, fence: str | None = None) -> list[Answer]:
        """Write these. Each is checked and applied independently; a refused one has no effect.

        Args:
            fence: as `write`.

        Raises:
            redis.exceptions.RedisError: the store did not answer. Some may be written; commit again with the
                same version, and one that was answers CONFLICT.
        """
        answers = dict(self.write([self.encode(commit) for commit in commits], now, fence))
        return [answers[index] for index in range(len(commits))]

    def encode(self, commit: Commit) -> Encoded:
        """A commit as the script takes it."""
        booking, document, digest = "", b"", ""
        entries: Sequence[Entry] = ()
        outbound: Sequence[Outbound] = ()
        alarms = commit.alarms
        if transition := commit.transition:
            booking, entries, outbound = transition.record.booking, transition.entries, transition.outbound
            own = tuple(raised(event) for event in outbound if isinstance(event, ClockAlarmed))
            if own:
                alarms = (*own, *alarms)
                outbound = [event for event in outbound if not isinstance(event, ClockAlarmed)]
            if entries:
                document = write_record(transition.record)
                digest = record_digest(document, COMMIT_MARK)
        arguments: list[Any] = [booking, document, digest]
        for alarm in commit.acknowledging:
            arguments += (alarm.same, alarm.id, alarm.by)
        for entry in entries:
            arguments += (entry.body[:-1], entry.hash.hex())
        arguments += [marked(event.to_wire()) for event in outbound]
        for raising in alarms:
            arguments += (raising.same, marked(raising.event.to_wire()))
        forwards = transition.forwards if transition else ()
        arguments += forwards
        for reject in commit.rejects:
            arguments += (reject.event, reject.reason, reject.detail, reject.inbox_id)
        arguments += commit.settles
        head = _head(transition)._replace(
            arguments=len(arguments),
            acknowledged=len(commit.acknowledging),
            entries=len(entries),
            outbound=len(outbound),
            alarms=len(alarms),
            forwards=len(forwards),
            rejects=len(commit.rejects),
        )
        return Encoded(self._keys.record(booking), [head.pack(), *arguments])

    def write(
        self, encoded: Iterable[Encoded], now: datetime, fence: str | None = None
    ) -> Iterator[tuple[int, Answer]]:
        """Write encoded commits; yield each answer, with the commit's index, as soon as it arrives.

        Commits are taken one by one and pipelined: the store works on some while the next are being encoded.

        Args:
            fence: of the inbox's reader, for what it commits; see `inbox_reader`.

        Raises:
            redis.exceptions.RedisError: as `commit`, after every other answer has been yielded.
        """
        source = iter(encoded)
        batches: list[list[Encoded]] = []

        def calls() -> Iterator[list[Any]]:
            while batch := list(islice(source, COMMITS_A_CALL)):
                batches.append(batch)
                yield self._call(batch, now, fence)

        repeated: list[int] = []
        failure: Exception | None = None
        for number, answer in enumerate(self._evaluate(calls())):
            if _may_be_repeated(answer):
                repeated.append(number)
            elif isinstance(answer, Exception):
                failure = failure or answer
            else:
                yield from _answers(number, answer)
        if repeated:
            self._digest = None
            set_aside(self._client, self._keys)
            again = (self._call(batches[number], now, fence) for number in repeated)
            for number, answer in zip(repeated, self._evaluate(again), strict=True):
                if isinstance(answer, Exception):
                    failure = failure or answer
                else:
                    yield from _answers(number, answer)
        if failure is not None:
            raise _as_met_twice(failure)

    def _call(self, encoded: Sequence[Encoded], now: datetime, fence: str | None) -> list[Any]:
        call: list[Any] = [len(self._fixed_keys) + len(encoded), *self._fixed_keys]
        call += [commit.key for commit in encoded]
        call += (to_ms(now), COMMIT_MARK, INBOX_GROUP, fence or "")
        for commit in encoded:
            call += commit.arguments
        return call

    def _evaluate(self, calls: Iterable[list[Any]]) -> Iterator[Any]:
        digest = self._digest = self._digest or str(self._client.script_load(SCRIPT))
        evaluations = (("EVALSHA", digest, *call) for call in calls)
        return ask(self._client, evaluations, in_flight=CALLS_IN_FLIGHT)


def _as_met_twice(failure: Exception) -> Exception:
    """A store that forgets the script again at once is at fault, not what is to be committed."""
    if isinstance(failure, NoScriptError):
        return NotNowError("NOSCRIPT: the store forgets the script as soon as it is loaded")
    return failure


def _may_be_repeated(answer: Any) -> bool:
    """Nothing was written: a restarted store has forgotten the script, or a key is of the wrong type."""
    return isinstance(answer, NoScriptError) or is_wrong_type(answer)


def _answers(call: int, answer: list[int]) -> Iterator[tuple[int, Answer]]:
    store_ms, *outcomes = answer
    for index, outcome in enumerate(outcomes, call * COMMITS_A_CALL):
        yield index, Answer(CommitOutcome(outcome), store_ms)


def _head(transition: Transition | None) -> CommitHead:
    if transition is None:
        return CommitHead(arguments=0)
    record = transition.record
    ceiling = record.ceiling.deadline if record.ceiling else None
    return CommitHead(
        arguments=0,
        before=transition.before,
        version=record.version,
        not_before_ms=_ms(transition.not_before),
        not_after_ms=_ms(transition.not_after),
        inbox_before_ms=_ms(transition.inbox_before),
        deadline_ms=_ms(record.deadline),
        ceiling_ms=_ms(ceiling),
        state=record.state,
        attention_ms=_ms(transition.attention),
    )


def _ms(instant: datetime | None) -> int | None:
    return None if instant is None else to_ms_up(instant)
