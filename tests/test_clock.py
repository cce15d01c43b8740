"""The store's clock is followed by what its answers prove, to within a one-way trip."""

from datetime import UTC, datetime, timedelta

import pytest

from worker import clock
from worker.clock import StoreClock

NOON_US = int(datetime(2026, 3, 9, 12, tzinfo=UTC).timestamp()) * 1_000_000
MS = 1_000
SECOND = 1_000_000


class TwoMachines:
    """A store and a worker whose times are moved by hand; all in microseconds."""

    def __init__(self) -> None:
        self.store_us = NOON_US
        self.local_us = 5 * SECOND
        self.there_us = 100
        self.back_us = 100

    def pass_by(self, microseconds: int) -> None:
        self.store_us += microseconds
        self.local_us += microseconds

    def time(self) -> tuple[int, int]:
        """The store answers TIME, after one way and before the other."""
        self.pass_by(self.there_us)
        answer = divmod(self.store_us, SECOND)
        self.pass_by(self.back_us)
        return answer


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch) -> TwoMachines:
    machines = TwoMachines()
    monkeypatch.setattr(clock, "monotonic_us", lambda: machines.local_us)
    return machines


def ahead_us(machines: TwoMachines, followed: StoreClock) -> float:
    """How far the clock is ahead of the store's; negative: behind."""
    us = timedelta(microseconds=1)
    return (followed.now() - datetime(2026, 3, 9, 12, tzinfo=UTC)) / us - (machines.store_us - NOON_US)


def test_it_is_late_by_the_way_of_the_answer(machines: TwoMachines) -> None:
    machines.there_us, machines.back_us = 3 * MS, 60
    followed = StoreClock(machines.time)
    assert ahead_us(machines, followed) == -60
    machines.pass_by(3 * SECOND)
    assert ahead_us(machines, followed) == -60


def test_a_slow_answer_spoils_nothing_and_a_quick_one_sharpens(machines: TwoMachines) -> None:
    machines.back_us = 40 * MS
    followed = StoreClock(machines.time)
    assert ahead_us(machines, followed) == -40 * MS
    machines.back_us = 60
    followed.ask()
    assert ahead_us(machines, followed) == -60
    for machines.there_us, machines.back_us in ((3 * SECOND, 100), (100, 3 * SECOND)):
        followed.ask()
        assert ahead_us(machines, followed) == -60


@pytest.mark.parametrize("step_us", [600 * SECOND, 2 * SECOND, -2 * SECOND, -600 * SECOND])
def test_a_step_of_the_stores_clock_is_followed_by_the_next_answer(
    machines: TwoMachines, step_us: int
) -> None:
    followed = StoreClock(machines.time)
    machines.store_us += step_us
    followed.ask()
    assert -100 <= ahead_us(machines, followed) <= 101


@pytest.mark.parametrize("gains_us", [300, -300], ids=["the worker gains", "the worker loses"])
def test_drift_is_followed(machines: TwoMachines, gains_us: int) -> None:
    followed = StoreClock(machines.time)
    for _ in range(100):
        machines.pass_by(SECOND)
        machines.local_us += gains_us
        followed.ask()
        assert -100 <= ahead_us(machines, followed) <= 101, "no worse than the way there or back"


def test_the_whole_milliseconds_of_a_commit_bound_it_too(machines: TwoMachines) -> None:
    followed = StoreClock(machines.time)
    machines.store_us += 10 * SECOND + 700
    asked_at_us = machines.local_us
    seconds, microseconds = machines.time()
    followed.learn(seconds * SECOND + microseconds // MS * MS, MS, asked_at_us)
    assert -MS - 100 <= ahead_us(machines, followed) <= 0
    machines.store_us -= 10 * SECOND
    asked_at_us = machines.local_us
    seconds, microseconds = machines.time()
    followed.learn(seconds * SECOND + microseconds // MS * MS, MS, asked_at_us)
    assert 0 <= ahead_us(machines, followed) <= MS + 100


def test_it_waits_by_the_stores_time(machines: TwoMachines) -> None:
    followed = StoreClock(machines.time)
    deadline = datetime(2026, 3, 9, 12, tzinfo=UTC) + timedelta(seconds=10)
    assert followed.seconds_until(deadline) == pytest.approx(9.9999)
    machines.pass_by(11 * SECOND)
    assert followed.seconds_until(deadline) == pytest.approx(-1.0001)
