"""The Celery application, found by `celery -A worker`. Nothing is connected or read at import."""

from billiard import pool as billiard_pool
from celery import Celery
from celery.signals import celeryd_init, setup_logging, worker_shutdown

from worker import service
from worker.bootstep import PacemakerStep

app = Celery("custody", include=["worker.tasks"])
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_default_queue="custody",
    worker_concurrency=2,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={"socket_timeout": 10, "socket_connect_timeout": 2, "socket_keepalive": True},
)
app.steps["worker"].add(PacemakerStep)
# At its end a pool process waits for the parent to have read its results, for 30 s if the parent has stopped
# reading just then. Ours are signals and have none, so a worker that is told to stop waits a second at most.
billiard_pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = 10

setup_logging.connect(service.configure, weak=False)
celeryd_init.connect(service.prepare, weak=False)
worker_shutdown.connect(service.finish, weak=False)
