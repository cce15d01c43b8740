"""RQ 3: `enqueue_at`, and a worker with its scheduler."""

# mypy: disable-error-code="import-not-found, import-untyped, misc"

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bench_peer import Timer, fire, option, schedule, store_url
from redis import Redis
from rq import Queue, SimpleWorker, Worker
from rq.scheduler import RQScheduler
from rq.worker import base

PIPELINE = 100


def set_timers(queue: Any, timers: Sequence[Timer]) -> None:
    """One pipeline per call."""
    pipeline = queue.connection.pipeline()
    for number, due_ms in timers:
        at = datetime.fromtimestamp(due_ms / 1000, UTC)
        queue.enqueue_at(at, fire, number, result_ttl=0, pipeline=pipeline)
    pipeline.execute()


def work() -> None:
    """As shipped, RQ forks for every job and polls every second; with a poll interval it does neither."""
    connection = Redis.from_url(store_url())
    worker_class: Any = Worker
    if (poll_seconds := option("POLL_SECONDS")) is not None:
        worker_class = SimpleWorker
        base.RQScheduler = partial(_Scheduler, poll_seconds)
    worker = worker_class(["default"], connection=connection)
    worker.work(with_scheduler=True, logging_level="WARNING")


class _Scheduler(RQScheduler):
    """Polls at the given interval. RQ's own setting is added to lock times, which are whole seconds."""

    def __init__(self, poll_seconds: float, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._poll_seconds = poll_seconds

    def work(self) -> None:
        """RQ's own loop with another pause."""
        import time

        self._install_signal_handlers()
        self.register_birth()
        while not self._stop_requested:
            if self.should_reacquire_locks:
                self.acquire_locks()
            self.heartbeat()
            self.enqueue_scheduled_jobs()
            time.sleep(self._poll_seconds)
        self.stop()


if __name__ == "__main__":
    if sys.argv[1] == "work":
        work()
    else:
        schedule(partial(set_timers, Queue(connection=Redis.from_url(store_url()))), at_once=PIPELINE)
