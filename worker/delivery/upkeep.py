"""Renews the leases of all sinks while their threads wait for receivers, and repeats what else must be."""

import threading
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from worker.store.connection import UNREACHABLE
from worker.store.sink_queue import LEASE_SECONDS

log = structlog.get_logger("custody")

INTERVAL_SECONDS: Final = LEASE_SECONDS / 5


class Upkeep(threading.Thread):
    """Does each of its jobs every two seconds; one that fails is done again, and delays no other."""

    def __init__(self, jobs: Sequence[Callable[[], object]], then: Callable[[], object] = bool) -> None:
        """`then` is called after every round in which no job failed."""
        super().__init__(name="delivery-upkeep", daemon=True)
        self._jobs = jobs
        self._then = then
        self._stopping = threading.Event()
        self._is_failing = False

    def stop(self) -> None:
        """End after the job in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Go on until stopped."""
        while not self._stopping.is_set():
            self.do_all()
            self._stopping.wait(INTERVAL_SECONDS)

    def do_all(self) -> None:
        """Do each job once."""
        failed = [job for job in self._jobs if not self._is_done(job)]
        self._is_failing = bool(failed)
        if not failed:
            self._is_done(self._then)

    def _is_done(self, job: Callable[[], object]) -> bool:
        try:
            job()
        except UNREACHABLE:
            return False
        except Exception:
            if not self._is_failing:
                log.exception("delivery_upkeep_failed")
            return False
        return True
