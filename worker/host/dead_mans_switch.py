"""The dead man's switch: calls a URL each minute while all is well, so that silence is what alarms.

Monitoring that runs beside the clock dies with it. A receiver elsewhere notices when it is no longer called:
the worker is dead or stopped, the store takes no writes, somebody is due and not released.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

from worker.desk.doctor.census import LONGEST_LATE
from worker.desk.gauges.due import count_unreleased
from worker.store.awake import is_awake
from worker.store.commit_probe import takes_commits
from worker.store.context import OpenStore

log = structlog.get_logger("custody")

CALL_EVERY_SECONDS: Final = 60.0
RETRY_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 1.0


class DeadMansSwitch(threading.Thread):
    """A thread with a store connection to itself: nothing waits for it."""

    def __init__(self, connect: Callable[[], OpenStore], call: Callable[[], int]) -> None:
        """`call` calls the URL and returns the HTTP status of the answer."""
        super().__init__(name="dead-mans-switch", daemon=True)
        self._connect = connect
        self._call = call
        self._store: OpenStore | None = None
        self._stopping = threading.Event()
        self._next_look_at = 0.0
        self._is_withheld = False
        self._is_failing = False

    def stop(self) -> None:
        """End after the call in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Look each second until stopped."""
        while not self._stopping.wait(_LOOK_SECONDS):
            self.look(time.monotonic())

    def look(self, at_seconds: float) -> None:
        """Call the URL if a minute has passed since the last call and all is well; if not, log that once.

        Args:
            at_seconds: the present time of a monotonic clock.
        """
        if at_seconds < self._next_look_at:
            return
        trouble = self._trouble()
        if trouble is not None:
            if not self._is_withheld:
                log.warning("heartbeat_url_withheld", detail=trouble)
            self._is_withheld = True
            return
        self._is_withheld = False
        problem = self._call_problem()
        self._next_look_at = at_seconds + (CALL_EVERY_SECONDS if problem is None else RETRY_SECONDS)
        if problem is not None and not self._is_failing:
            log.warning("heartbeat_url_failed", problem=problem)
        self._is_failing = problem is not None

    def _trouble(self) -> str | None:
        """Why the URL is not called now; None if all is well."""
        try:
            self._store = self._store or self._connect()
            return _trouble_of(self._store)
        except Exception as error:
            self._store = None
            return f"the store does not answer as it should ({type(error).__name__})"

    def _call_problem(self) -> str | None:
        """Call; what went wrong, without the URL, which may hold a token."""
        try:
            status = self._call()
        except Exception as error:
            return type(error).__name__
        return None if 200 <= status < 300 else f"HTTP {status}"


def _trouble_of(store: OpenStore) -> str | None:
    if not all(is_awake(shard.client, shard.keys) for shard in store.shards):
        return "a shard has no pacemaker at work"
    if count := count_unreleased(store, store.store_now() - LONGEST_LATE):
        return f"{count} people are due and not released"
    if not all(takes_commits(shard.client, shard.keys) for shard in store.shards):
        return "the store does not keep what it takes"
    return None
