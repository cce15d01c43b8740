"""`custody demo`: the whole service on a store of its own, with a weekend of bookings replayed."""

from typing import BinaryIO, Final

import click

from worker.cli.output import console

DEFAULT_SPEED: Final = 4500
"""The weekend of 71 h then takes 57 s, and two hours of it are still 1.6 s of real time."""


@click.command()
@click.option(
    "--speed",
    type=click.FloatRange(min=1),
    default=DEFAULT_SPEED,
    show_default=True,
    help="Made-up seconds a real second. From about 15000 on, a busy machine can upset the order of things.",
)
@click.option(
    "--events",
    type=click.File("rb"),
    help="CloudEvents, one a line, to replay instead of the weekend, each arriving at its `time`.",
)
@click.option(
    "--no-board", is_flag=True, help="For scripts; this version has no board yet, so nothing is left out."
)
def demo(speed: float, events: BinaryIO | None, no_board: bool) -> None:
    """A made-up weekend of November 2016 on a store of its own, three days in about a minute.

    A real Celery worker runs on an embedded Valkey in a temporary directory; both are gone at the end. No
    CUSTODY_ setting is heeded, so that nobody's real records are touched.

    Ends with a summary and its own checks; exit status 0 only if all of them hold.
    """
    from ops.demo.performance import perform
    from ops.demo.script import ScriptError, file_script, weekend_script
    from ops.demo.stage import StageError
    from ops.demo.verdict import Verdict

    try:
        script = file_script(events, events.name) if events else weekend_script()
        checks = perform(script, speed, console())
    except (ScriptError, StageError) as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        click.echo("stopped before the end: nothing was checked, and nothing is left behind", err=True)
        raise click.exceptions.Exit(130) from None
    if any(check.verdict is Verdict.FAILED for check in checks):
        raise click.exceptions.Exit(1)
