"""Unread signals do not fill the broker, and a new reader gets new ones."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from tests.support.bookings import booked, now
from tests.support.live_worker import PATIENCE_SECONDS, becomes
from tests.support.processes import WORKER, running_worker
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import Store, alarms, put
from worker.engine.signals import Signal
from worker.host.signaller import UNREAD_LIMIT, Signaller
from worker.settings import broker_beside
from worker.store.context import Context

pytestmark = pytest.mark.live

HOUR = timedelta(hours=1)
IN_ONE_GO = 3
"""More than a worker of two processes sends at once."""


@pytest.fixture(params=["the store's server", "memory://"])
def app(request: pytest.FixtureRequest, store: Store) -> Iterator[Celery]:
    """Celery with an empty queue that nobody reads, on a broker of this kind."""
    broker = request.param if "://" in request.param else broker_beside(store.url)
    with Celery(broker=broker, set_as_current=False) as app:
        app.conf.task_default_queue = "custody"
        purge(app)
        yield app
        purge(app)


def queue_of(app: Celery, connection: Any) -> Any:
    return app.amqp.queues["custody"].bind(connection.default_channel)


def unread(app: Celery) -> int:
    """How many signals wait for a reader."""
    with app.connection_for_write() as connection:
        return int(queue_of(app, connection).queue_declare().message_count)


def purge(app: Celery) -> None:
    with app.connection_for_write() as connection:
        queue_of(app, connection).declare()
        queue_of(app, connection).purge()


def send_one_after_the_other(app: Celery, count: int) -> None:
    """Send so many signals, each after the one before has been taken, and let the signaller finish."""
    signaller = Signaller(app)
    signaller.start()
    for number in range(count):
        signaller.send(Signal.DRAIN_INBOX, 0, number)
        assert wait_until(lambda: not signaller._pending, PATIENCE_SECONDS)
    signaller.stop()
    signaller.join()


def test_no_signal_is_sent_while_enough_are_unread_and_sending_resumes_once_they_are_read(
    app: Celery,
) -> None:
    send_one_after_the_other(app, 3)
    assert unread(app) == 3
    send_one_after_the_other(app, 100)
    assert unread(app) == UNREAD_LIMIT
    purge(app)
    send_one_after_the_other(app, 2)
    assert unread(app) == 2


def test_a_worker_whose_signals_nobody_reads_sends_few_and_a_new_reader_gets_new_ones(
    context: Context, store: Store, tmp_path: Path
) -> None:
    app = Celery(broker=broker_beside(store.url), set_as_current=False)
    purge(app)
    reads_elsewhere = (*WORKER, "--queues", "elsewhere")
    with running_worker(tmp_path / "deaf", reads_elsewhere, store_url=store.url) as deaf:
        deaf.wait_until_ready()
        put(context, booked("B1", due_at=now() + HOUR))
        becomes(context, "B1", "held")
        assert alarms(context) == [("intake_stalled", "clock")], (
            "the pacemaker took it in, after 5 s of unread signals"
        )
        assert 0 < unread(app) <= UNREAD_LIMIT + IN_ONE_GO
        with running_worker(tmp_path / "reader", store_url=store.url) as reader:
            reader.wait_until_ready()
            put_at = now()
            put(context, booked("B2", due_at=now() + HOUR))
            becomes(context, "B2", "held")
            assert (now() - put_at).total_seconds() < 4, "a task took it in"
            assert wait_until(lambda: unread(app) == 0, PATIENCE_SECONDS)
            assert reader.stop() == 0
    app.close()
