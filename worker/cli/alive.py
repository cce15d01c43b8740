"""`custody alive`: for health checks."""

import click

from worker import heartbeat
from worker.clock import SystemClock
from worker.settings import read_settings


@click.command()
def alive() -> None:
    """Is the worker on this machine at work? Exit status 0 if its pacemaker went round in the last 10 s.

    Cheap enough for a health check every few seconds. Whether the installation can be relied on is what
    `custody doctor` says.
    """
    settings = read_settings()
    if not heartbeat.is_alive(settings.data_dir, SystemClock().now().timestamp()):
        raise click.ClickException(
            f"no worker of this machine has been at work under {settings.data_dir} in the last "
            f"{heartbeat.STALE_AFTER_SECONDS} s: see its log"
        )
    click.echo("alive")
