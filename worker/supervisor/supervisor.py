"""Keeps the parts of the service running until it is asked to end, and then ends them in order."""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Final

import structlog

from worker.host.kept_store import KeptStore
from worker.supervisor.part import KeptPart

log = structlog.get_logger("custody")

PATIENCE_SECONDS: Final = 18.0
"""How long the parts may take to end; a worker's own watchdog needs less."""

STORE_PATIENCE_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.1
_ENDED_IN_ORDER: Final = (0, -signal.SIGTERM)
"""By the signal itself ends a part that has not begun yet."""


class _Asked:
    """What signals have asked for. Plain attributes: a signal's handler must take no lock."""

    def __init__(self) -> None:
        self.to_end = False
        self.at_once = False

    def take(self, number: int, _frame: FrameType | None) -> None:
        self.at_once = self.at_once or (self.to_end and number == signal.SIGINT)
        self.to_end = True


class Supervisor:
    """The parts, and the store that they work on if it is ours.

    Args:
        parts: the first one is the worker, without which there is no service.
        store: the embedded store; None if it is somebody else's.
        has_worked: whether a worker has been at work since the supervisor was started.
    """

    def __init__(
        self, parts: Sequence[KeptPart], store: KeptStore | None, has_worked: Callable[[], bool]
    ) -> None:
        self._parts = parts
        self._store = store
        self._has_worked = has_worked
        self._asked = _Asked()

    def run(self) -> int:
        """Keep all of it running until SIGTERM, SIGHUP or Ctrl-C; return the exit status.

        It is 0 if all parts have finished what they had in hand. A worker that refuses its first start, since
        a setting, the machine or the store is not fit, ends all of it, with the worker's status.
        """
        self._listen_to_signals()
        worker = self._parts[0]
        while not self._asked.to_end:
            for part in self._parts:
                if part.has_just_ended():
                    if part is worker and self._was_refused(worker):
                        self._end()
                        return worker.status or 1
                    part.start_again()
                part.keep()
            time.sleep(_LOOK_SECONDS)
        log.info("service_stopping")
        return 0 if self._end() else 1

    def _was_refused(self, worker: KeptPart) -> bool:
        return worker.ends == 1 and (worker.status or 0) > 0 and not self._has_worked()

    def _listen_to_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._asked.take)

    def _end(self) -> bool:
        """End the parts, then the store; whether all of them ended in order."""
        running = [part for part in self._parts if part.is_running()]
        for part in running:
            part.ask_to_end()
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while left := [part for part in running if part.is_running()]:
            if self._asked.at_once or time.monotonic() > give_up_at:
                log.warning("parts_killed", parts=[part.part.name for part in left])
                for part in left:
                    part.kill()
            time.sleep(_LOOK_SECONDS / 2)
        in_order = all(part.status in _ENDED_IN_ORDER for part in running)
        return self._stop_store() and in_order

    def _stop_store(self) -> bool:
        """Whether the store has stopped. One that hangs is left running; the next start adopts it."""
        if self._store is None:
            return True
        stopping = threading.Thread(target=self._store.stop, name="store-stopper", daemon=True)
        stopping.start()
        stopping.join(STORE_PATIENCE_SECONDS)
        return not stopping.is_alive()
