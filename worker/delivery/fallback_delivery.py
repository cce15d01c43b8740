"""Delivers where no task does, in a separate thread: a receiver that is slow or away delays no deadline."""

import threading
from collections.abc import Sequence

import structlog

from worker.delivery.deliver import deliver
from worker.delivery.sink import Sink
from worker.store.outbox import Outbox

log = structlog.get_logger("custody")


class FallbackDelivery:
    """Makes one round of the outboxes at a time.

    Attributes:
        problem: why the last round failed; empty if it did not.
    """

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = sinks
        self._round: threading.Thread | None = None
        self._failing = False
        self.problem = ""

    def send(self, outboxes: Sequence[Outbox]) -> None:
        """Start a round, unless one is in progress. Never blocks."""
        if not outboxes or (self._round and self._round.is_alive()):
            return
        self._round = threading.Thread(
            target=self._go_round, args=(outboxes,), name="fallback-delivery", daemon=True
        )
        self._round.start()

    def wait(self, seconds: float) -> None:
        """Wait at most so long for the round in progress. What it cannot finish is delivered again later."""
        if self._round:
            self._round.join(seconds)

    def _go_round(self, outboxes: Sequence[Outbox]) -> None:
        for outbox in outboxes:
            try:
                delivered = deliver(outbox, self._sinks)
            except Exception as error:
                why = error.strerror if isinstance(error, OSError) else None
                self.problem = why or type(error).__name__
                if not self._failing:
                    log.exception("delivery_failed")
                self._failing = True
            else:
                if delivered:
                    # Otherwise a task may just hold the lease, and fail as well.
                    self._failing = False
                    self.problem = ""
                    log.warning("delivered_by_pacemaker", notices=delivered)
