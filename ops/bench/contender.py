"""The port: what the harness needs from a system that keeps timers. The clock and the peers implement it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from ops.bench.accounting import Firing
from ops.bench.bench_store import BenchStore
from ops.bench.observer import Fields
from ops.bench.processes import WorkerGroup
from ops.bench.timers import Timer

WORKERS: Final = 2
"""Worker processes of every contender: one per core of the reference machine."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """How many timers were durably set, and in how many seconds."""

    count: int
    seconds: float

    @property
    def per_second(self) -> float:
        """The rate, in timers per second."""
        return self.count / self.seconds if self.seconds else 0.0


class Contender(ABC):
    """One system that keeps timers, with one set of options.

    Attributes:
        name: of the system; `row` distinguishes its sets of options.
        resolution_ms: the resolution of the firing instants it reports, which are rounded down.
        schedules_through_workers: whether its timers are durably set only once a worker has taken them in.
    """

    name: ClassVar[str]
    resolution_ms: ClassVar[float] = 0.001
    schedules_through_workers: ClassVar[bool] = False

    def __init__(self, row: str) -> None:
        self.row = row

    @property
    @abstractmethod
    def streams(self) -> Sequence[str]:
        """The streams in which firings appear."""

    @abstractmethod
    def versions(self) -> Mapping[str, str]:
        """The versions of its packages, for the results."""

    @abstractmethod
    def open(self, store: BenchStore) -> None:
        """Prepare to run on a fresh store."""

    @abstractmethod
    def start_workers(self) -> WorkerGroup:
        """Start the processes that fire timers."""

    @abstractmethod
    def schedule(self, timers: Sequence[Timer], at_most_seconds: float) -> Scheduled:
        """Set the timers in order, and stop when the time is up."""

    @abstractmethod
    def is_firing(self, fields: Fields) -> bool:
        """Whether a stream entry looks like a firing; called for every entry during the run."""

    @abstractmethod
    def firing_of(self, fields: Fields, seen_us: int) -> Firing:
        """The firing that a stream entry reports."""

    def stored_bytes(self, store: BenchStore) -> int:
        """How many bytes the server uses now."""
        return store.used_memory_bytes()

    def kill_and_restart_store(self, store: BenchStore) -> None:
        """Kill the server that holds the timers with SIGKILL, and restart it."""
        store.kill()
        store.restart()

    def close(self) -> None:  # noqa: B027 - most contenders have nothing to close
        """Release what `open` acquired."""
