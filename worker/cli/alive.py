"""`custody alive`: for health checks."""

import click

from worker import heartbeat
from worker.clock import SystemClock
from worker.settings import read_settings


@click.command()
@click.option("--notifier", is_flag=True, help="Ask for the notifier on this machine.")
def alive(notifier: bool) -> None:
    """Is the worker on this machine alive? Exit status 0 if its last heartbeat is less than 10 s old.

    Cheap enough for a health check every few seconds. `custody doctor` says whether the installation is safe
    to rely on.
    """
    settings = read_settings()
    what: heartbeat.Beating = "notifier" if notifier else "worker"
    if not heartbeat.is_alive(settings.data_dir, SystemClock().now().timestamp(), what):
        raise click.ClickException(
            f"no {what} of this machine has sent a heartbeat under {settings.data_dir} in the last "
            f"{heartbeat.STALE_AFTER_SECONDS} s: see its log"
        )
    click.echo("alive")
