"""`custody demo`: the whole service on its own store, with a weekend of bookings replayed."""

from typing import BinaryIO, Final

import click

DEFAULT_SPEED: Final = 4500
"""The weekend of 71 h then takes 57 s, and two simulated hours still last 1.6 real seconds."""


@click.command(short_help="A simulated weekend on an embedded store: watch the clock work.")
@click.option(
    "--speed",
    type=click.FloatRange(min=1),
    default=DEFAULT_SPEED,
    show_default=True,
    help="Simulated seconds per real second. Above about 15000, a busy machine may process events too late.",
)
@click.option(
    "--events",
    type=click.File("rb"),
    help="Replay this file instead of the weekend: CloudEvents, one per line, each arriving at its `time`.",
)
@click.option(
    "--no-board", is_flag=True, help="Without the board, on which the weekend can be watched in a browser."
)
def demo(speed: float, events: BinaryIO | None, no_board: bool) -> None:
    """Replay a simulated weekend of November 2016 on a separate store: three days in about a minute.

    A real worker, notifier and board run on an embedded Valkey in a temporary directory; all are removed at
    the end. The board's address is printed first: whoever is on this machine can watch there.
    All CUSTODY_ settings are ignored, so no real records are touched. Release orders and what ICE is sent go
    as signed webhooks to a small receiver that the demo runs on this machine.

    Ends with a summary, what arrived, and the demo's own checks; the exit status is 0 only if all hold.
    """
    from ops.demo import demo_run
    from ops.demo.script import ScriptError, file_script, weekend_script
    from ops.demo.service import DemoServiceError
    from ops.demo.verdict import Verdict
    from worker.cli.output import console

    try:
        script = file_script(events, events.name) if events else weekend_script()
        checks = demo_run.run_demo(script, speed, console(), with_board=not no_board)
    except (ScriptError, DemoServiceError) as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        click.echo("stopped early: nothing was checked, and nothing is left behind", err=True)
        raise click.exceptions.Exit(130) from None
    if any(check.verdict is Verdict.FAILED for check in checks):
        raise click.exceptions.Exit(1)
