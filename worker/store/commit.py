"""Commits transitions: one script, one map from its return codes to outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from importlib.resources import files
from typing import Any, Final

from redis.exceptions import NoScriptError

from events.instants import COMMIT_MARK
from events.outbound import Outbound
from worker.custody.journal import Entry
from worker.custody.transition import Transition
from worker.store.connection import Client
from worker.store.keys import INBOX_GROUP, Keys
from worker.store.unix_ms import to_ms, to_ms_up

SCRIPT: Final = files("worker.store").joinpath("commit.lua").read_text()


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


@dataclass(frozen=True, slots=True)
class Reject:
    """An event set aside whole."""

    event: bytes
    reason: str
    detail: str
    inbox_id: str


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: a transition (or none), and the inbox entries that it settles."""

    transition: Transition | None
    rejects: tuple[Reject, ...] = ()
    settles: tuple[str, ...] = ()
    alarms: tuple[Outbound, ...] = ()
    """Alarms about the service itself, which no record's transition carries."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the store said to one commit, and its time when it said so."""

    outcome: Committed
    store_ms: int


class Committer:
    """Writes commits to one shard, a batch in one round trip."""

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
        if not commits:
            return []
        calls = [self._arguments(commit, now) for commit in commits]
        answers = self._evaluate(calls)
        missing = [index for index, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if missing:
            self._digest = None
            for index, answer in zip(missing, self._evaluate([calls[i] for i in missing]), strict=True):
                answers[index] = answer
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return [Answer(Committed(outcome), store_ms) for outcome, store_ms in answers]

    def _evaluate(self, calls: list[list[Any]]) -> list[Any]:
        if self._digest is None:
            self._digest = str(self._client.script_load(SCRIPT))
        pipeline: Any = self._client.pipeline(transaction=False)
        for call in calls:
            pipeline.execute_command("EVALSHA", self._digest, 8, *call)
        answers: list[Any] = pipeline.execute(raise_on_error=False)
        return answers

    def _arguments(self, commit: Commit, now: datetime) -> list[Any]:
        outbound = commit.alarms
        if (transition := commit.transition) is None:
            arguments = [self._keys.record(""), *self._fixed_keys, "", "", "", to_ms(now), *[""] * 7]
            entries: tuple[Entry, ...] = ()
        else:
            arguments = self._record_arguments(transition, now)
            entries, outbound = transition.entries, (*transition.outbound, *outbound)
        arguments += (COMMIT_MARK, INBOX_GROUP, len(entries))
        for entry in entries:
            arguments += (entry.body, entry.hash)
        arguments.append(len(outbound))
        arguments += [event.model_dump_json(exclude_none=True) for event in outbound]
        arguments.append(len(commit.rejects))
        for reject in commit.rejects:
            arguments += (reject.event, reject.reason, reject.detail, reject.inbox_id)
        return [*arguments, len(commit.settles), *commit.settles]

    def _record_arguments(self, transition: Transition, now: datetime) -> list[Any]:
        record = transition.record
        return [
            self._keys.record(record.booking),
            *self._fixed_keys,
            record.booking,
            transition.before,
            record.version,
            to_ms(now),
            _ms_or_empty(transition.not_before),
            _ms_or_empty(transition.not_after),
            _ms_or_empty(record.deadline),
            _ms_or_empty(record.ceiling.deadline if record.ceiling else None),
            record.state,
            _ms_or_empty(transition.attention),
            record.model_dump_json(exclude_defaults=True),
        ]


def _ms_or_empty(instant: datetime | None) -> int | str:
    return "" if instant is None else to_ms_up(instant)
