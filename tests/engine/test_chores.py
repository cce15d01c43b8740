"""A chore that fails takes no other with it, and reaches no release."""

import pytest

from worker.engine.chores.chore import Rota
from worker.store.connection import UNREACHABLE
from worker.store.context import Context


class Counting:
    """A chore that counts, and fails if it is to."""

    interval_seconds = 0.0

    def __init__(self, failure: Exception | None = None) -> None:
        self.done = 0
        self._failure = failure

    def do(self, _context: Context) -> None:
        """Count."""
        self.done += 1
        if self._failure:
            raise self._failure


def test_a_chore_that_fails_does_not_keep_the_next_from_its_turn(context: Context) -> None:
    failing, next_one = Counting(RuntimeError("can't start new thread")), Counting()
    rota = Rota(failing, next_one)
    for _ in range(3):
        rota.do_what_is_due(context)
    assert (failing.done, next_one.done) == (3, 3)


def test_a_store_that_cannot_be_reached_is_the_pacemakers_business(context: Context) -> None:
    with pytest.raises(UNREACHABLE):
        Rota(Counting(UNREACHABLE[0]("away"))).do_what_is_due(context)
