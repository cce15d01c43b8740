"""What the harness asks of whoever keeps timers: the port. Its adapters are the clock and the peers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from ops.bench.accounting import Firing
from ops.bench.onlooker import Fields
from ops.bench.place import Place
from ops.bench.processes import WorkerGroup
from ops.bench.timers import Timer

WORKERS: Final = 2
"""Worker processes of every contender: as many as the reference machine has cores."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """How many timers were durably set, in how many seconds."""

    count: int
    seconds: float

    @property
    def a_second(self) -> float:
        """The rate."""
        return self.count / self.seconds if self.seconds else 0.0


class Contender(ABC):
    """One way to keep timers, with one set of options.

    Attributes:
        name: of the contender; `row` tells its options apart.
        resolution_ms: in what steps the instants of its firings are told; they are rounded down.
        schedules_through_workers: its timers are not durably set until a worker has taken them in.
    """

    name: ClassVar[str]
    resolution_ms: ClassVar[float] = 0.001
    schedules_through_workers: ClassVar[bool] = False

    def __init__(self, row: str) -> None:
        self.row = row

    @property
    @abstractmethod
    def streams(self) -> Sequence[str]:
        """The streams in which its firings appear."""

    @abstractmethod
    def versions(self) -> Mapping[str, str]:
        """What it is made of, for the results."""

    @abstractmethod
    def open(self, place: Place) -> None:
        """Get ready on a fresh store."""

    @abstractmethod
    def start_workers(self) -> WorkerGroup:
        """Start the processes that fire."""

    @abstractmethod
    def schedule(self, timers: Sequence[Timer], at_most_seconds: float) -> Scheduled:
        """Set the timers, in order; those that are not set in time are left out."""

    @abstractmethod
    def is_firing(self, fields: Fields) -> bool:
        """Whether a stream entry looks like a firing; asked of every entry while the run goes on."""

    @abstractmethod
    def firing_of(self, fields: Fields, seen_us: int) -> Firing:
        """The firing that a stream entry tells of."""

    def stored_bytes(self, place: Place) -> int:
        """What the server holds now."""
        return place.used_memory_bytes()

    def kill_and_restart_store(self, place: Place) -> None:
        """SIGKILL to the server that holds the timers, and start it again."""
        place.kill_store()
        place.restart_store()

    def close(self) -> None:  # noqa: B027 - most have nothing of their own to end
        """End what `open` began."""
