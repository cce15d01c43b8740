"""Celery: `eta` on a Redis broker. Also the module that `celery -A peer worker` loads."""

# mypy: disable-error-code="import-not-found, import-untyped"

from collections.abc import Sequence
from datetime import UTC, datetime

from bench_peer import Timer, fire, option, schedule, store_url
from celery import Celery

app = Celery("bench", broker=store_url())
app.conf.update(
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)
if (visibility_seconds := option("VISIBILITY_SECONDS")) is not None:
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        broker_transport_options={
            "visibility_timeout": visibility_seconds,
            "unacked_restore_interval": 1,
            "unacked_restore_throttle": 1,
        },
    )

fire_task = app.task(name="fire")(fire)


def set_timers(timers: Sequence[Timer]) -> None:
    """One message per timer: Celery has no call for several."""
    for number, due_ms in timers:
        fire_task.apply_async((number,), eta=datetime.fromtimestamp(due_ms / 1000, UTC))


if __name__ == "__main__":
    app.connection_for_write().ensure_connection()
    schedule(set_timers)
