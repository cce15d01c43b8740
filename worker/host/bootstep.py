"""Puts the pacemaker into every Celery worker."""

from typing import Any, Final

from celery import bootsteps

from worker.delivery.sink_worker import SinkWorker
from worker.delivery.upkeep import Upkeep
from worker.engine.listener import Listener
from worker.engine.pacemaker import Pacemaker
from worker.host import lifecycle, notifying, standard_streams, wiring
from worker.host.ending import ending
from worker.host.signaller import Signaller
from worker.host.watchdog import Watchdog
from worker.settings import read_settings
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
        self._others: list[Signaller | Listener | SinkWorker | Upkeep] = []
        self._watchdog = Watchdog()
        self._watchdog.start()

    def start(self, parent: Any) -> None:
        """Start beating."""
        standard_streams.stop_when_the_terminal_closes()
        settings, url = read_settings(), lifecycle.store_url()

        def connect_context() -> Context:
            return wiring.open_context(settings, url, PACEMAKER_SUFFIX)

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
        self._pacemaker, self._others = pacemaker, [signaller, *listeners, *files, upkeep]
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

    terminate = stop
