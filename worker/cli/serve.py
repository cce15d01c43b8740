"""`custody run` and `custody worker`: the service itself."""

import click

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
    """The service for real: the store (embedded unless CUSTODY_STORE_URL is set) and a worker.

    Stop it with Ctrl-C or SIGTERM: it finishes the work in flight. Its data stays under CUSTODY_DATA_DIR.
    """
    serve(pool, concurrency, context.args)


def serve(pool: str, concurrency: int, options: list[str]) -> None:
    """Run a Celery worker in this process until it is stopped."""
    from worker.celery import app
    from worker.settings import read_settings
    from worker.telemetry import configure_logging

    # Workers do not need to know of each other here, and discovery would delay each start by a second.
    quick = ["--without-gossip", "--without-mingle"]
    configure_logging(read_settings().log_format)
    app.worker_main(["--quiet", "worker", *quick, f"--pool={pool}", f"--concurrency={concurrency}", *options])
