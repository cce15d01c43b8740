"""Every contender, as shipped and with its best poll interval."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from ops.bench.contender import Contender
from ops.bench.custody_clock import CustodyClock
from ops.bench.peer import Arq, BullMq, CeleryEta, DocketPeer, Procrastinate, Rq, SortedSet

OURS: Final = CustodyClock.name
REDELIVERY: Final = "redelivery"

Rows: TypeAlias = Callable[[Path, str], Sequence[Contender]]


def _celery(environments: Path, case: str) -> Sequence[Contender]:
    """Celery has no poll interval to choose, only the visibility timeout of unacknowledged messages."""
    short = CeleryEta(environments, "acks late, visibility timeout 5 s", visibility_seconds=5)
    match case:
        case "redelivery":
            return [short]
        case "kills":
            return [CeleryEta(environments), short]
        case _:
            return [CeleryEta(environments)]


ROWS: Final[Mapping[str, Rows]] = {
    OURS: lambda _environments, _case: [CustodyClock()],
    "celery": _celery,
    "sorted_set": lambda environments, _case: [SortedSet(environments, "a client that sleeps")],
    "rq": lambda environments, _case: [
        Rq(environments),
        Rq(environments, "poll 50 ms, no fork a job", poll_seconds=0.05),
    ],
    "arq": lambda environments, _case: [
        Arq(environments),
        Arq(environments, "poll 10 ms", poll_seconds=0.01),
    ],
    "docket": lambda environments, _case: [
        DocketPeer(environments),
        DocketPeer(environments, "poll 10 ms", poll_seconds=0.01),
    ],
    "bullmq": lambda environments, _case: [
        BullMq(environments),
        BullMq(environments, "drain delay 10 ms", poll_seconds=0.01),
    ],
    "procrastinate": lambda environments, _case: [
        Procrastinate(environments),
        Procrastinate(environments, "poll 50 ms", poll_seconds=0.05),
    ],
}


def contenders(names: Sequence[str], case: str, environments: Path) -> list[Contender]:
    """Every set of options of these contenders that takes part in a case."""
    if case == REDELIVERY:
        names = [name for name in names if name in {OURS, "celery"}]
    return [contender for name in names for contender in ROWS[name](environments, case)]
