"""The Celery application, found by `celery -A worker`. Nothing is connected or read at import."""

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

setup_logging.connect(service.configure, weak=False)
celeryd_init.connect(service.prepare, weak=False)
worker_shutdown.connect(service.finish, weak=False)
