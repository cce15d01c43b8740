"""What the follower asks of one shard with each look, and the store's answers."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from redis.exceptions import ResponseError

from worker.desk.board.side import Counts
from worker.store.keys import Keys
from worker.store.outbox import BEGINNING
from worker.store.streams import entries_as_sent
from worker.store.wrong_types import is_wrong_type

PAGE: Final = 200
"""Entries that are asked for at once; more would make a release wait while the store answers."""

Command = tuple[str | int, ...]
Entries = list[tuple[bytes, dict[bytes, bytes]]]

_Answer = TypeVar("_Answer")
_NO_MORE_IDS: Final = "invalid start ID"
"""Of the answer where another program has written the last possible id into a stream."""


def questions(keys: Keys, journal_after: str, outbox_after: str) -> list[Command]:
    """The commands, in the order in which `ShardAnswers` takes their answers."""
    return [
        ("GET", keys.identity),
        ("GET", keys.beat),
        ("EXISTS", keys.awake),
        ("XRANGE", keys.journal, f"({journal_after}", "+", "COUNT", PAGE),
        ("XREVRANGE", keys.journal, "+", "-", "COUNT", 1),
        ("XRANGE", keys.outbox, f"({outbox_after}", "+", "COUNT", PAGE),
        ("XLEN", keys.inbox),
        ("HLEN", keys.alarms),
        ("XLEN", keys.acknowledged),
        ("XLEN", keys.rejects),
        ("HLEN", keys.dealt),
        ("HLEN", keys.replayed),
        ("HLEN", keys.dead_letters),
        ("HLEN", keys.losses),
        ("HGETALL", keys.sink_cursors),
    ]


class ShardAnswers:
    """The answers to `questions`. What another program has spoiled counts as empty.

    Attributes:
        mark: what the store says of itself; None if it was never used.
        newest: the id of the journal's newest entry.
        counts: without how many outbox entries no sink has come to.
    """

    def __init__(self, answers: Callable[[], Any]) -> None:
        """Take the answers.

        Args:
            answers: gives the next one.

        Raises:
            redis.exceptions.ResponseError: the store refuses a question.
        """

        def of(empty: _Answer) -> Any:
            answer = answers()
            if not isinstance(answer, ResponseError):
                return answer
            if not is_wrong_type(answer) and _NO_MORE_IDS not in str(answer):
                raise answer
            return empty

        self.mark: object = of(None)
        self.beat: object = of(None)
        self.is_awake = bool(of(0))
        self.journal: Entries = entries_as_sent(of([]))
        newest: Entries = entries_as_sent(of([]))
        self.newest = newest[0][0].decode() if newest else BEGINNING
        self.outbox: Entries = entries_as_sent(of([]))
        self.counts = Counts(
            inbox=of(0),
            alarms=(of(0), of(0)),
            rejects=(of(0), of(0), of(0)),
            dead_letters=of(0),
            losses=of(0),
            cursors={name.decode(): cursor.decode() for name, cursor in of({}).items()},
        )

    @property
    def has_more(self) -> bool:
        """Whether there may be further entries already."""
        return len(self.journal) >= PAGE or len(self.outbox) >= PAGE
