"""`custody run`, `custody worker` and `custody notifier`: the service itself."""

from typing import TYPE_CHECKING

import click

from worker.cli.board import proxies_option
from worker.cli.until_stdin_closes import until_stdin_closes_option

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
_concurrency = click.option(
    "--concurrency", default=2, show_default=True, help="Processes (or threads) of the pool."
)


@click.command(context_settings=_CELERY_OPTIONS)
@_pool
@_concurrency
@until_stdin_closes_option
@click.pass_context
def worker(context: click.Context, pool: str, concurrency: int) -> None:
    """The worker alone; the same as `celery -A worker worker`. Other options go to Celery.

    Without CUSTODY_STORE_URL it starts its own Valkey under CUSTODY_DATA_DIR, or uses the one that another
    process of the service has started there. On SIGTERM it finishes the work in flight, then stops.
    """
    serve(pool, concurrency, context.args)


@click.command(context_settings=_CELERY_OPTIONS)
@_pool
@_concurrency
@click.option("--no-board", is_flag=True, help="Without the board.")
@proxies_option
@until_stdin_closes_option
@click.pass_context
def run(
    context: click.Context, pool: str, concurrency: int, no_board: bool, proxies: tuple[str, ...]
) -> None:
    """The service for real: store (embedded unless CUSTODY_STORE_URL is set), worker, notifier and board.

    Each part that ends is started again, and the others go on. Stop it with Ctrl-C or SIGTERM: it finishes
    the work in flight. Its data stays under CUSTODY_DATA_DIR. The notifier runs where CUSTODY_ROUTES is set;
    without it, notices go to a file that the worker writes. Other options go to the worker's Celery.
    """
    from worker.settings import read_settings
    from worker.supervisor.service import run_service
    from worker.web import binding

    trusted = [f"--forwarded-allow-ips={one}" for one in binding.proxies(proxies)]
    context.exit(
        run_service(
            read_settings(),
            worker_options=[*_celery_words(pool, concurrency), *context.args],
            board_options=None if no_board else trusted,
        )
    )


@click.command(context_settings=_CELERY_OPTIONS)
@until_stdin_closes_option
@click.pass_context
def notifier(context: click.Context) -> None:
    """The notifier alone: delivers notices by the sinks of CUSTODY_ROUTES, apart from the workers.

    It needs a store that runs. Several notifiers may run: each sink is worked by one of them at a time.
    """
    from worker.host.notifier import create_notifier_app

    start(create_notifier_app(), ["--pool=threads", "--concurrency=1", *context.args])


def serve(pool: str, concurrency: int, options: list[str]) -> None:
    """Run a worker in this process until it is stopped."""
    from worker.celery import app

    start(app, [*_celery_words(pool, concurrency), *options])


def start(app: "Celery", options: list[str]) -> None:
    """Run a Celery process of the service, this one, until it is stopped."""
    from worker.settings import read_settings
    from worker.telemetry import configure_logging

    # Workers do not need to know of each other here, and discovery would delay each start by a second.
    quick = ["--without-gossip", "--without-mingle"]
    configure_logging(read_settings().log_format)
    app.worker_main(["--quiet", "worker", *quick, *options])


def _celery_words(pool: str, concurrency: int) -> list[str]:
    return [f"--pool={pool}", f"--concurrency={concurrency}"]
