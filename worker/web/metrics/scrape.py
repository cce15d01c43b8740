"""One scrape: all is asked of the store now. What cannot be read is absent; nothing old is repeated."""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import structlog
from prometheus_client.core import GaugeMetricFamily

from worker.desk.board.answers import Board
from worker.desk.gauges.attention import read_attention
from worker.desk.gauges.due import read_due
from worker.desk.gauges.keeping import read_keeping
from worker.desk.gauges.life import read_life
from worker.desk.gauges.people import read_people, suspects
from worker.desk.gauges.queues import read_inbox, read_sinks
from worker.desk.gauges.rejects import RejectsWaiting
from worker.metrics_catalogue import METRICS
from worker.store.connection import UNREACHABLE
from worker.store.context import Context
from worker.web.metrics import samples
from worker.web.metrics.samples import Sample
from worker.web.store_door import StoreDoor

log = structlog.get_logger("custody")

_UP: Final = "custody_store_up"
_READING_OK: Final = "custody_reading_ok"


class Scrape:
    """Answers scrapes.

    It is a collector of prometheus-client, of this one registry: the process has no default metrics.
    """

    def __init__(self, door: StoreDoor, latest_board: Callable[[], Board | None]) -> None:
        """`latest_board` is of everybody, as the viewers see it; None if none was read yet."""
        self._door = door
        self._latest_board = latest_board
        self._rejects = RejectsWaiting()
        self._failing: set[str] = set()
        self._one_reads = threading.Lock()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The families of all samples, in the catalogue's order."""
        with self._one_reads:
            found = self._read()
        for name, metric in METRICS.items():
            values = [sample for sample in found if sample.metric == name]
            if values:
                family = GaugeMetricFamily(name, metric.meaning, labels=metric.labels)
                for sample in values:
                    family.add_metric(sample.labels, float(sample.value))
                yield family

    def _read(self) -> list[Sample]:
        try:
            context = self._door.context()
            context.client.ping()
        except Exception:
            return [Sample(_UP, 0)]
        found = [Sample(_UP, 1)]
        for name, read in self._readings(context, self._latest_board()).items():
            try:
                found += [*read()]
            except UNREACHABLE:
                return [Sample(_UP, 0)]
            except Exception as error:
                self._report(name, error)
                found.append(Sample(_READING_OK, 0, (name,)))
            else:
                self._failing.discard(name)
                found.append(Sample(_READING_OK, 1, (name,)))
        return found

    def _readings(self, context: Context, board: Board | None) -> dict[str, Callable[[], Iterable[Sample]]]:
        """The parts of the answer; each fails alone."""
        return {
            "due": lambda: samples.of_due(read_due(context, suspects(context, board))),
            "life": lambda: samples.of_life(read_life(context)),
            "people": lambda: samples.of_people(read_people(context, board)),
            "inbox": lambda: samples.of_inbox(read_inbox(context)),
            "sinks": lambda: samples.of_sinks(read_sinks(context)),
            "attention": lambda: samples.of_attention(read_attention(context, self._rejects)),
            "store": lambda: samples.of_keeping(read_keeping(context)),
        }

    def _report(self, reading: str, error: Exception) -> None:
        if reading not in self._failing:
            log.warning("metrics_not_read", reading=reading, problem=type(error).__name__)
        self._failing.add(reading)
