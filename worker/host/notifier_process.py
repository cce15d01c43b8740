"""The notifier as a child of `custody run`: started with it, started again when it ends, stopped with it."""

import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any, Final

import structlog
from celery import bootsteps

from worker.settings import read_settings

log = structlog.get_logger("custody")

_LOOK_SECONDS: Final = 0.5
_RESTART_SECONDS: Final = 1.0
_STOP_SECONDS: Final = 25.0


class NotifierProcess(threading.Thread):
    """Keeps a notifier running."""

    def __init__(self) -> None:
        super().__init__(name="notifier-keeper", daemon=True)
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Start it, and start it again whenever it ends."""
        while not self._stopping.is_set():
            try:
                self._process = self._start()
            except OSError as error:
                log.error("notifier_not_started", problem=str(error))  # noqa: TRY400 - the reason is in its text
                self._stopping.wait(_RESTART_SECONDS)
                continue
            while self._process.poll() is None and not self._stopping.wait(_LOOK_SECONDS):
                pass
            if not self._stopping.is_set():
                log.error("notifier_ended", status=self._process.returncode)
                self._stopping.wait(_RESTART_SECONDS)
        self._end(self._process)

    def stop(self) -> None:
        """Stop it; returns when it has ended."""
        self._stopping.set()
        if self.is_alive():
            self.join(_STOP_SECONDS + _LOOK_SECONDS)

    def _start(self) -> "subprocess.Popen[bytes]":
        # Its standard input closes when this process ends, however that happens.
        return subprocess.Popen(
            [sys.executable, "-m", "worker", "notifier", "--until-stdin-closes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            # Ctrl-C in the terminal must let this process stop it in order.
            start_new_session=True,
        )

    def _end(self, process: "subprocess.Popen[bytes] | None") -> None:
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()


class NotifierProcessStep(bootsteps.StartStopStep):
    """Starts the notifier after the worker's pool has forked, where there is a routing file."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._keeper: NotifierProcess | None = None

    def start(self, parent: Any) -> None:
        """Without a routing file the worker's own thread writes the one file there is."""
        if read_settings().routes is not None:
            self._keeper = NotifierProcess()
            self._keeper.start()

    def stop(self, parent: Any) -> None:
        """Stop it before the worker ends."""
        if self._keeper is not None:
            self._keeper.stop()

    terminate = stop
