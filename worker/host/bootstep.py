"""Puts the pacemaker into every Celery worker."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from celery import bootsteps

from worker.delivery.sink_worker import SinkWorker
from worker.delivery.upkeep import Upkeep
from worker.engine.listener import Listener
from worker.engine.pacemaker import Pacemaker
from worker.host import lifecycle, notifying, standard_streams, wiring
from worker.host.dead_mans_switch import DeadMansSwitch
from worker.host.ending import ending
from worker.host.signaller import Signaller
from worker.host.sinks import heartbeat_call
from worker.host.watchdog import Watchdog
from worker.host.worker_metrics import WorkerMetrics
from worker.settings import Settings, read_settings
from worker.store.connection import connect
from worker.store.context import Context
from worker.store.inbox import PACEMAKER_SUFFIX
from worker.store.keys import Keys

_OTHERS_SECONDS: Final = 2.0
"""What they cannot finish in this time is done again by another."""


class PacemakerStep(bootsteps.StartStopStep):
    """Starts after the pool has forked, so that no thread is copied; stops before the pool does.

    A step of the worker, not of its consumer: the consumer is restarted whenever the broker is lost.
    """

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._pacemaker: Pacemaker | None = None
        self._others: list[Signaller | Listener | SinkWorker | Upkeep | DeadMansSwitch] = []
        self._metrics: WorkerMetrics | None = None
        self._watchdog = Watchdog()
        self._watchdog.start()

    def start(self, parent: Any) -> None:
        """Start beating."""
        standard_streams.stop_when_the_terminal_closes()
        settings, url = read_settings(), lifecycle.store_url()
        note_release = self._serve_metrics(settings)

        def connect_context() -> Context:
            return wiring.open_context(settings, url, PACEMAKER_SUFFIX, note_release)

        signaller = Signaller(parent.app)
        pacemaker = Pacemaker(
            connect_context,
            signaller,
            helpers=parent.concurrency or 1,
            data_dir=settings.data_dir,
        )
        listeners = [
            Listener(connect(url), Keys(number), pacemaker.wake) for number in range(settings.shards)
        ]
        files = notifying.sink_workers(settings, connect_context, files_only=True)
        upkeep = notifying.upkeep(settings, connect_context, files, files_only=True)
        self._pacemaker = pacemaker
        self._others = [signaller, *listeners, *files, upkeep, *_dead_mans_switch(settings, url)]
        for thread in (pacemaker, *self._others):
            thread.start()
        self._watchdog.pacemaker = pacemaker

    def stop(self, parent: Any) -> None:
        """Finish the batch in hand, then stop beating; the watchdog ends the process if Celery does not."""
        ending.has_begun = True
        if self._pacemaker is None:
            return
        for thread in (self._pacemaker, *self._others):
            thread.stop()
        self._pacemaker.join()
        for thread in self._others:
            thread.join(_OTHERS_SECONDS)
        self._pacemaker, self._others = None, []
        if self._metrics is not None:
            self._metrics.stop()

    terminate = stop

    def _serve_metrics(self, settings: Settings) -> Callable[[timedelta], None] | None:
        """Listen if that is wished; return what the pacemaker reports its releases to."""
        if settings.worker_metrics_port is None:
            return None
        self._metrics = self._metrics or WorkerMetrics()
        self._metrics.serve(settings.worker_metrics_host, settings.worker_metrics_port)
        return self._metrics.note_release


def _dead_mans_switch(settings: Settings, url: str) -> list[DeadMansSwitch]:
    call = heartbeat_call(settings)
    if call is None:
        return []
    return [DeadMansSwitch(lambda: wiring.open_store(settings, connect(url)), call)]
