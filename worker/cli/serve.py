"""`custody run` and `custody worker`: the service itself."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from celery import Celery

_CELERY_OPTIONS = {"ignore_unknown_options": True, "allow_extra_args": True}

_pool = click.option(
    "--pool",
    "-P",
    type=click.Choice(["prefork", "threads", "solo"]),
    default="prefork",
    show_default=True,
    help="Celery's pool. In the others, gevent and eventlet, nothing would be worked.",
)


@click.command(context_settings=_CELERY_OPTIONS)
@_pool
@click.option("--concurrency", default=2, show_default=True, help="Processes (or threads) of the pool.")
@click.pass_context
def worker(context: click.Context, pool: str, concurrency: int) -> None:
    """The worker alone; the same as `celery -A worker worker`. Other options go to Celery.

    Without CUSTODY_STORE_URL it starts its own Valkey under CUSTODY_DATA_DIR, or uses the one that another
    process of the service has started there. On SIGTERM it finishes the work in flight, then stops.
    """
    serve(pool, concurrency, context.args)


@click.command(context_settings=_CELERY_OPTIONS)
@_pool
@click.option("--concurrency", default=2, show_default=True, help="Processes (or threads) of the pool.")
@click.pass_context
def run(context: click.Context, pool: str, concurrency: int) -> None:
    """The service for real: store (embedded unless CUSTODY_STORE_URL is set), worker and notifier.

    Stop it with Ctrl-C or SIGTERM: it finishes the work in flight. Its data stays under CUSTODY_DATA_DIR. The
    notifier runs where CUSTODY_ROUTES is set; without it, notices go to a file that the worker writes.
    """
    serve(pool, concurrency, context.args, with_notifier=True)


@click.command(context_settings=_CELERY_OPTIONS)
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
@click.pass_context
def notifier(context: click.Context, until_stdin_closes: bool) -> None:
    """The notifier alone: delivers notices by the sinks of CUSTODY_ROUTES, apart from the workers.

    It needs a store that runs. Several notifiers may run: each sink is worked by one of them at a time.
    """
    from worker.host.notifier import create_notifier_app, stop_when_stdin_closes

    if until_stdin_closes:
        stop_when_stdin_closes()
    start(create_notifier_app(), ["--pool=threads", "--concurrency=1", *context.args])


def serve(pool: str, concurrency: int, options: list[str], *, with_notifier: bool = False) -> None:
    """Run a Celery worker in this process until it is stopped."""
    from worker.celery import app
    from worker.host.notifier_process import NotifierProcessStep
    from worker.host.sinks import check_routes
    from worker.settings import read_settings

    if with_notifier:
        # A notifier that cannot start would be started again for ever; the worker alone needs no secret.
        check_routes(read_settings())
        app.steps["worker"].add(NotifierProcessStep)
    start(app, [f"--pool={pool}", f"--concurrency={concurrency}", *options])


def start(app: "Celery", options: list[str]) -> None:
    """Run a Celery process of the service, this one, until it is stopped."""
    from worker.settings import read_settings
    from worker.telemetry import configure_logging

    # Workers do not need to know of each other here, and discovery would delay each start by a second.
    quick = ["--without-gossip", "--without-mingle"]
    configure_logging(read_settings().log_format)
    app.worker_main(["--quiet", "worker", *quick, *options])
