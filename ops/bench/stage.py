"""One contender at work on one place, watched by an onlooker."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.bench.accounting import Account, Firing, account
from ops.bench.contender import Contender, Scheduled
from ops.bench.onlooker import Onlooker
from ops.bench.place import Place
from ops.bench.processes import WorkerGroup
from ops.bench.timers import Timer

PILOTS_FROM: Final = 1_000_000_000
"""Timers from this number on warm the contender up and tell its rate; they are in no account."""

_SLOWEST_RATE: Final = 300.0
_PILOT_DUE_MS: Final = 1_000
_RATE_PILOT_DUE_MS: Final = 4 * 3_600_000
_RATE_AT_MOST_SECONDS: Final = 10.0
_PILOT_PATIENCE_SECONDS: Final = 90.0
_LOOK_SECONDS: Final = 0.05
_COME_TO_REST_SECONDS: Final = 3.0


class NotReadyError(RuntimeError):
    """A contender's workers did not fire the first timers that they were given."""


@dataclass
class Stage:
    """What a case works with.

    Attributes:
        rate: timers a second that the contender can be expected to set.
    """

    contender: Contender
    place: Place
    onlooker: Onlooker
    workers: WorkerGroup
    rate: float = _SLOWEST_RATE

    def warm_up(self, rate_pilots: int) -> None:
        """Let it fire a timer; then learn its rate from so many that are not due for hours, if any.

        Raises:
            NotReadyError: it does not fire; the last lines of its log are in the message.
        """
        began = time.monotonic()
        first = Timer(PILOTS_FROM, now_ms() + _PILOT_DUE_MS)
        self.contender.schedule([first], _PILOT_PATIENCE_SECONDS)
        if not self._wait_for({first.number}, began + _PILOT_PATIENCE_SECONDS):
            raise NotReadyError(f"{self.contender.name} did not fire its first timer\n{self._last_words()}")
        if rate_pilots:
            due_ms = now_ms() + _RATE_PILOT_DUE_MS
            pilots = [Timer(PILOTS_FROM + 1 + index, due_ms) for index in range(rate_pilots)]
            self.rate = self.contender.schedule(pilots, _RATE_AT_MOST_SECONDS).a_second

    def lead_seconds(self, count: int) -> float:
        """How far ahead the first timer must be due so that all are set by then, with room to spare."""
        return 4.0 + 1.7 * count / max(self.rate, 1.0)

    def wait(self, timers: Sequence[Timer], patience_seconds: float) -> float:
        """Until each has fired, or so long after the last was due (or now, if later); return that wait."""
        last_due = timers[-1].due_ms / 1000 - now_ms() / 1000
        wait_from = time.monotonic() + max(0.0, last_due)
        self._wait_for({timer.number for timer in timers}, wait_from + patience_seconds)
        return max(0.0, time.monotonic() - wait_from)

    def rest(self) -> None:
        """Give caches, buffers and acknowledgements time to come to rest."""
        time.sleep(_COME_TO_REST_SECONDS)

    def account(self, timers: Sequence[Timer]) -> Account:
        """The account of these timers, by all that was seen until now."""
        return account(timers, [firing for firing in self.firings() if firing.timer < PILOTS_FROM])

    def firings(self) -> list[Firing]:
        """Every firing seen until now."""
        contender = self.contender
        return [
            contender.firing_of(fields, seen_us)
            for fields, seen_us in self.onlooker.so_far()
            if contender.is_firing(fields)
        ]

    def _wait_for(self, wanted: set[int], until: float) -> bool:
        """What entries say is read only when there may be enough new ones: it takes the onlooker's time."""
        enough = 0
        while time.monotonic() < until:
            count = self.onlooker.count
            if count >= enough:
                missing = wanted - {firing.timer for firing in self.firings()}
                if not missing:
                    return True
                enough = count + len(missing)
            time.sleep(_LOOK_SECONDS)
        return False

    def _last_words(self) -> str:
        logs = sorted(self.place.directory.glob("*-worker.log"))
        return "\n".join(path.read_text(errors="replace")[-1500:] for path in logs)


@contextlib.contextmanager
def stage(
    contender: Contender, under: Path, *, rate_pilots: int = 0, gap_seconds: float = 0.0
) -> Iterator[Stage]:
    """A fresh place with the contender's workers running, warmed up; all of it is gone afterwards.

    Args:
        contender: who is to be watched.
        under: where the place is made.
        rate_pilots: see `Stage.warm_up`.
        gap_seconds: of the onlooker, for a case in which what it sees is not measured.
    """
    with (
        Place(under) as place,
        stage_on(contender, place, rate_pilots=rate_pilots, gap_seconds=gap_seconds) as set_up,
    ):
        yield set_up


@contextlib.contextmanager
def stage_on(
    contender: Contender, place: Place, *, rate_pilots: int = 0, gap_seconds: float = 0.0
) -> Iterator[Stage]:
    """The same on a place that was made before."""
    onlooker = Onlooker(place.url, contender.streams, contender.is_firing, gap_seconds=gap_seconds)
    set_up = None
    try:
        contender.open(place)
        onlooker.start()
        set_up = Stage(contender, place, onlooker, contender.start_workers())
        set_up.warm_up(rate_pilots)
        yield set_up
    finally:
        if set_up is not None:
            set_up.workers.kill()
        onlooker.end()
        contender.close()


def now_ms() -> int:
    """The present Unix millisecond."""
    return time.time_ns() // 1_000_000


def set_in_time(scheduled: Scheduled, first_due_ms: int) -> bool:
    """Whether the last timer was set before the first was due; asked right after scheduling."""
    return scheduled.count > 0 and now_ms() < first_due_ms
