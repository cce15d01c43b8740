"""The Celery application: how tasks travel, and what runs at a worker's start and end."""

from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.signals import (
    celeryd_init,
    setup_logging,
    worker_process_shutdown,
    worker_shutdown,
    worker_shutting_down,
)
from click import ClickException

from worker.embedded.server import EmbeddedStoreFault
from worker.engine.signals import WORK_QUEUE
from worker.host import ending, lifecycle, node, standard_streams, tuning, wiring
from worker.host.bootstep import PacemakerStep
from worker.settings import SettingsError, read_settings


class CustodyCelery(Celery):
    """Finds the broker in the settings for commands that start no worker: `inspect`, `status`, Flower."""

    def connection_for_read(self, url: str | None = None, **options: Any) -> Any:
        """As Celery's, to the broker of the settings."""
        return super().connection_for_read(url or self._broker(), **options)

    def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
        """As Celery's, to the broker of the settings."""
        return super().connection_for_write(url or self._broker(), **options)

    def _broker(self) -> str:
        if not self.conf.broker_url:
            try:
                wiring.point_at(self.conf, wiring.broker(read_settings()))
            except (SettingsError, EmbeddedStoreFault) as error:
                raise ClickException(str(error)) from None
        url: str = self.conf.broker_url
        return url


def create_app() -> Celery:
    """The application. Nothing is connected or read until it is used."""
    app = CustodyCelery("custody", include=["worker.host.tasks"])
    configure(app, WORK_QUEUE)
    app.conf.update(worker_concurrency=2)
    app.steps["worker"].add(PacemakerStep)
    tuning.tune_pool()
    connect_signals(lifecycle.prepare)
    worker_process_shutdown.connect(lifecycle.finish_pool_process, weak=False)
    return app


def configure(app: Celery, queue: str) -> None:
    """How messages travel, for every process of the service. Each kind of process reads one queue."""
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_default_queue=queue,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_consumer="worker.host.consumer:LastingConsumer",
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_channel_error_retry=True,
        worker_enable_prefetch_count_reduction=False,
        broker_transport_options={
            # A connection that is cut without a word is given up after so many seconds.
            "socket_timeout": 2,
            "socket_connect_timeout": 2,
            "health_check_interval": 1,
            "socket_keepalive": True,
        },
    )


def connect_signals(prepare: Callable[..., None]) -> None:
    """What every process of the service does when it starts and ends.

    Args:
        prepare: brings up what it needs; ends the process if that fails.
    """
    setup_logging.connect(lifecycle.configure, weak=False)
    for at_start in (
        standard_streams.fill_gaps,
        node.refuse_green_pool,
        node.name_node,
        prepare,
        standard_streams.detach,
        ending.own_the_end,
    ):
        celeryd_init.connect(at_start, weak=False)
    worker_shutting_down.connect(ending.on_signal, weak=False)
    worker_shutdown.connect(ending.on_stopped, weak=False)
