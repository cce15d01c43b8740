"""Delivers where no task does, in a thread of its own: a receiver that is slow or away delays no deadline."""

import threading
from collections.abc import Sequence

import structlog

from worker.delivery.deliver import deliver
from worker.delivery.sinks import Sink
from worker.store.outbox import Outbox

log = structlog.get_logger("custody")


class Courier:
    """Makes one round of the outboxes at a time."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = sinks
        self._round: threading.Thread | None = None
        self._failing = False

    def send(self, outboxes: Sequence[Outbox]) -> None:
        """Deliver from these soon, unless it is still on its last round. Never blocks."""
        if not outboxes or (self._round and self._round.is_alive()):
            return
        self._round = threading.Thread(target=self._go_round, args=(outboxes,), name="courier", daemon=True)
        self._round.start()

    def wait(self, seconds: float) -> None:
        """Give it so long to end its round. What it cannot finish is delivered again by somebody else."""
        if self._round:
            self._round.join(seconds)

    def _go_round(self, outboxes: Sequence[Outbox]) -> None:
        for outbox in outboxes:
            try:
                delivered = deliver(outbox, self._sinks)
            except Exception:
                if not self._failing:
                    log.exception("delivery_failed")
                self._failing = True
            else:
                self._failing = False
                if delivered:
                    log.warning("delivered_by_pacemaker", notices=delivered)
