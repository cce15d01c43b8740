"""Shows that the pacemaker is at work: to this host in a file, to everybody else in the store."""

import threading
from pathlib import Path

import structlog

from worker import heartbeat
from worker.engine.alarms import raise_alarm
from worker.store.awake import SET_BACK_LIMIT, describe, show_awake
from worker.store.context import Context

log = structlog.get_logger("custody")


class ShowLife:
    """Has the heartbeat file touched after the store has answered, by a separate thread: a disk may hang."""

    interval_seconds = 1.0

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._beating: threading.Thread | None = None
        self._failing = False

    def do(self, context: Context) -> None:
        """Beat, unless the last beat is not done yet."""
        for shard in context.shards:
            behind = show_awake(shard.client, shard.keys)
            if behind > SET_BACK_LIMIT:
                raise_alarm(shard, "clock_skew", describe(behind), context.clock.now(), once="set back")
        if self._beating is None or not self._beating.is_alive():
            self._beating = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
            self._beating.start()

    def _beat(self) -> None:
        try:
            heartbeat.beat(self._data_dir)
        except OSError as error:
            if not self._failing:
                log.warning("heartbeat_failed", problem=error.strerror)
            self._failing = True
        else:
            self._failing = False
