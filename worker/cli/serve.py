"""`custody run` and `custody worker`: the service itself."""

import click

_CELERY_OPTIONS = {"ignore_unknown_options": True, "allow_extra_args": True}


@click.command(context_settings=_CELERY_OPTIONS)
@click.option("--pool", default="prefork", show_default=True, help="Celery's pool: prefork, threads or solo.")
@click.option("--concurrency", default=2, show_default=True, help="Processes (or threads) of the pool.")
@click.pass_context
def worker(context: click.Context, pool: str, concurrency: int) -> None:
    """The worker alone; the same as `celery -A worker worker`. Other options go to Celery.

    Without CUSTODY_STORE_URL it starts its own Valkey under CUSTODY_DATA_DIR, or uses the one that another
    process of the service has started there. SIGTERM lets it finish what it holds.
    """
    serve(pool, concurrency, context.args)


@click.command(context_settings=_CELERY_OPTIONS)
@click.option("--pool", default="prefork", show_default=True, help="Celery's pool: prefork, threads or solo.")
@click.option("--concurrency", default=2, show_default=True, help="Processes (or threads) of the pool.")
@click.pass_context
def run(context: click.Context, pool: str, concurrency: int) -> None:
    """The service for real: the store (embedded unless CUSTODY_STORE_URL is set) and a worker.

    Stop it with Ctrl-C or SIGTERM; it finishes what it holds, and its data stay under CUSTODY_DATA_DIR.
    """
    serve(pool, concurrency, context.args)


def serve(pool: str, concurrency: int, options: list[str]) -> None:
    """Run a Celery worker in this process until it is told to stop."""
    from worker.celery import app
    from worker.settings import read_settings
    from worker.telemetry import configure_logging

    # One worker's presence means nothing to another here, and asking for it costs a second at each start.
    quick = ["--without-gossip", "--without-mingle"]
    configure_logging(read_settings().log_format)
    app.worker_main(["--quiet", "worker", *quick, f"--pool={pool}", f"--concurrency={concurrency}", *options])
