"""Shows that the pacemaker is at work: to this host in a file, to everybody else in the store."""

from pathlib import Path

import structlog

from worker import heartbeat
from worker.store.awake import show_awake
from worker.store.context import Context

log = structlog.get_logger("custody")


class ShowLife:
    """Touches the heartbeat file after the store has answered."""

    interval_seconds = 1.0

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def do(self, context: Context) -> None:
        """Beat. A full disk must not stop the releases."""
        for shard in context.shards:
            show_awake(shard.client, shard.keys)
        try:
            heartbeat.beat(self._data_dir)
        except OSError as error:
            log.warning("heartbeat_failed", problem=error.strerror)
