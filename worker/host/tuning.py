"""Settings of the interpreter and of Celery's pool that keep deadlines from waiting. All of them are here."""

import gc
import sys

from billiard import pool as billiard_pool


def tune_process() -> None:
    """Set up this process, before it starts threads."""
    # A batch makes thousands of objects and no cycle; by default the collector runs every few hundred.
    gc.set_threshold(10_000)
    # By default a busy thread could hold the GIL for 5 ms past a deadline.
    sys.setswitchinterval(0.0005)


def tune_pool() -> None:
    """Set up Celery's pool of processes, for all processes forked from here."""
    # A pool process that ends waits for its parent to read its results, up to 30 s if the parent has stopped
    # reading. Tasks here have no results, so a worker that is stopped waits 1 s.
    billiard_pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = 10
