"""While deadlines come in quick succession other work waits, but only for so long."""

import math
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.bookings import booked, now
from tests.support.signals import NoCelery
from tests.support.worker_by_hand import Store, put, releases, simulated_context, take_in
from worker.engine import pacemaker as pacemaker_module
from worker.engine.chores import signal_work
from worker.engine.pacemaker import Pacemaker
from worker.engine.signals import Signal

SECOND = timedelta(seconds=1)


class RecordedSignals(NoCelery):
    """Remembers which signals were sent."""

    def __init__(self) -> None:
        self.sent: list[Signal] = []

    def send(self, signal: Signal, shard: int, helper: int = 0) -> None:
        self.sent.append(signal)


@pytest.mark.parametrize(("patience_seconds", "expected"), [(math.inf, []), (0.0, [Signal.DRAIN_INBOX])])
def test_between_close_deadlines_other_work_waits_until_it_has_waited_long_enough(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    patience_seconds: float,
    expected: list[Signal],
) -> None:
    due_at = now().replace(microsecond=0) + timedelta(hours=1)
    before = simulated_context(store, due_at - 30 * SECOND)
    take_in(before, booked("B1", due_at=due_at), booked("B2", due_at=due_at + 20 * SECOND))
    signals = RecordedSignals()
    pacemaker = Pacemaker(lambda: before, signals, helpers=1, data_dir=tmp_path)
    while pacemaker.beat(before) == 0:
        pass
    signals.sent.clear()
    monkeypatch.setattr(pacemaker_module, "SPARE_SECONDS", 25.0)
    monkeypatch.setattr(pacemaker_module, "LOOK_GAP_SECONDS", patience_seconds)
    monkeypatch.setattr(signal_work, "GAP_SECONDS", 0.0)
    at_the_first = simulated_context(store, due_at)
    put(at_the_first, b"waits to be read")
    pacemaker.beat(at_the_first)
    assert (releases(at_the_first), signals.sent) == (["B1"], expected)
    at_the_second = simulated_context(store, due_at + 20 * SECOND)
    pacemaker.beat(at_the_second)
    assert releases(at_the_second) == ["B1", "B2"]
    for context in (before, at_the_first, at_the_second):
        context.client.close()
