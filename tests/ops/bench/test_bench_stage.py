"""What the harness does while it waits: little, since the onlooker is in the same process."""

from typing import Any, cast

import pytest

from ops.bench import stage as stage_module
from ops.bench.accounting import Firing
from ops.bench.contender import Contender
from ops.bench.onlooker import Onlooker
from ops.bench.place import Place
from ops.bench.processes import WorkerGroup
from ops.bench.stage import Stage
from ops.bench.timers import Timer

EARLIER = 5_000


class Fired:
    """Contender and onlooker at once: another timer has been seen to fire at each look at the count."""

    def __init__(self, count: int) -> None:
        self.seen = count
        self.times_read = 0

    @property
    def count(self) -> int:
        self.seen += 1
        return self.seen

    def so_far(self) -> list[tuple[dict[bytes, bytes], int]]:
        self.times_read += 1
        return [({b"timer": b"%d" % number}, 0) for number in range(self.seen)]

    def is_firing(self, fields: dict[bytes, bytes]) -> bool:
        return b"timer" in fields

    def firing_of(self, fields: dict[bytes, bytes], seen_us: int) -> Firing:
        return Firing(int(fields[b"timer"]), 0, seen_us)


@pytest.mark.parametrize("earlier", [0, EARLIER])
def test_what_fired_before_is_not_read_again_and_again_while_others_are_waited_for(
    monkeypatch: pytest.MonkeyPatch, earlier: int
) -> None:
    monkeypatch.setattr(stage_module, "_LOOK_SECONDS", 0)
    fired: Any = Fired(earlier)
    on = Stage(cast(Contender, fired), cast(Place, None), cast(Onlooker, fired), cast(WorkerGroup, None))
    on.wait([Timer(earlier + number, 0) for number in range(100)], 60)
    assert fired.seen >= earlier + 100
    assert fired.times_read == 2
