"""While it waits, the harness does little, since the observer is in the same process."""

from typing import Any, cast

import pytest

from ops.bench import trial as trial_module
from ops.bench.accounting import Firing
from ops.bench.bench_store import BenchStore
from ops.bench.contender import Contender
from ops.bench.observer import Observer
from ops.bench.processes import WorkerGroup
from ops.bench.timers import Timer
from ops.bench.trial import Trial

EARLIER = 5_000


class Fired:
    """Contender and observer in one: each time the count is read, one more timer has fired."""

    def __init__(self, count: int) -> None:
        self.seen = count
        self.times_read = 0

    @property
    def count(self) -> int:
        self.seen += 1
        return self.seen

    def sightings(self) -> list[tuple[dict[bytes, bytes], int]]:
        self.times_read += 1
        return [({b"timer": b"%d" % number}, 0) for number in range(self.seen)]

    def is_firing(self, fields: dict[bytes, bytes]) -> bool:
        return b"timer" in fields

    def firing_of(self, fields: dict[bytes, bytes], seen_us: int) -> Firing:
        return Firing(int(fields[b"timer"]), 0, seen_us)


@pytest.mark.parametrize("earlier", [0, EARLIER])
def test_earlier_firings_are_not_read_repeatedly_while_waiting_for_others(
    monkeypatch: pytest.MonkeyPatch, earlier: int
) -> None:
    monkeypatch.setattr(trial_module, "_LOOK_SECONDS", 0)
    fired: Any = Fired(earlier)
    trial = Trial(
        cast(Contender, fired), cast(BenchStore, None), cast(Observer, fired), cast(WorkerGroup, None)
    )
    trial.wait([Timer(earlier + number, 0) for number in range(100)], 60)
    assert fired.seen >= earlier + 100
    assert fired.times_read == 2
