"""The notifier: a Celery process beside the worker. Its threads deliver by every sink; a task wakes them.

A receiver that hangs holds up a thread here, and nothing in the worker. Without a broker the threads look at
the outbox twice a second.
"""

import time
from typing import Any

import structlog
from celery import Celery, bootsteps, shared_task

from worker.delivery.sink_worker import SinkWorker
from worker.delivery.upkeep import Upkeep
from worker.engine.signals import NOTICES_QUEUE, Signal
from worker.host import lifecycle, notifying, wiring
from worker.host.app import CustodyCelery, configure, connect_signals
from worker.host.watchdog import Watchdog
from worker.settings import read_settings
from worker.store.context import Context

log = structlog.get_logger("custody")

_STOP_SECONDS = 8.0
"""What hangs longer is given up, and tried again after the next start; the watchdog waits for 15 s."""

_sink_workers: list[SinkWorker] = []


def create_notifier_app() -> Celery:
    """The application. Nothing is connected or read until it starts."""
    app = CustodyCelery("custody-notifier")
    configure(app, NOTICES_QUEUE)
    app.conf.update(worker_pool="threads", worker_concurrency=1)
    app.steps["worker"].add(NotifierStep)
    connect_signals(lifecycle.prepare_notifier)
    return app


@shared_task(name=Signal.DELIVER_NOTICES.value, ignore_result=True)
def deliver_notices(_shard: int, _helper: int = 0) -> None:
    """Something is in the outbox."""
    for worker in _sink_workers:
        worker.wake.set()


class NotifierStep(bootsteps.StartStopStep):
    """Starts a thread for each sink; a step of the worker, not of its consumer, which the broker restarts."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._upkeep: Upkeep | None = None
        Watchdog().start()

    def start(self, parent: Any) -> None:
        """Start delivering."""
        settings, url = read_settings(), lifecycle.store_url()

        def connect() -> Context:
            return wiring.reading_context(settings, url)

        _sink_workers[:] = notifying.sink_workers(settings, connect, files_only=False)
        self._upkeep = notifying.upkeep(settings, connect, _sink_workers, files_only=False)
        for thread in (*_sink_workers, self._upkeep):
            thread.start()
        log.info("notifier_started", sinks=[worker.name for worker in _sink_workers])

    def stop(self, parent: Any) -> None:
        """Finish the attempts in hand; leave those that hang to whoever delivers next."""
        give_up_at = time.monotonic() + _STOP_SECONDS
        for worker in _sink_workers:
            worker.stop()
        for worker in _sink_workers:
            worker.join(max(0.0, give_up_at - time.monotonic()))
            if worker.is_alive():
                worker.give_up_leases()
        if self._upkeep is not None:
            self._upkeep.stop()

    terminate = stop
