"""One demo from start to end: service, replay, evidence, checks, summary."""

from rich.console import Console

from ops.demo.board_process import address_of, free_port
from ops.demo.checks import check_always
from ops.demo.delivery_checks import check_delivery
from ops.demo.evidence import gather
from ops.demo.live_view import LiveView
from ops.demo.narration import short
from ops.demo.replay import Replay
from ops.demo.script import Script
from ops.demo.service import running_service
from ops.demo.summary import print_summary
from ops.demo.verdict import Check, Verdict
from ops.demo.view import PlainView, View
from ops.demo.weekend_checks import check_weekend
from worker.cli.output import plain


def run_demo(script: Script, speed: float, console: Console, *, with_board: bool) -> list[Check]:
    """Replay the script at this speed, print the results, and return every check.

    Args:
        with_board: for whoever wants to watch it in a browser; its address is printed first.

    Raises:
        ops.demo.service.DemoServiceError: the worker does not start, or dies.
        KeyboardInterrupt: the demo was stopped; everything it started has been removed.
    """
    port = free_port() if with_board else None
    address = address_of(port) if port else None
    if address:
        console.print(plain(f"{address} shows the board, as long as the demo lasts"), soft_wrap=True)
    console.print(plain(f"{script.title}, at {speed:g} times real speed; starting worker and notifier …"))
    with running_service(script, speed, port) as service:
        with _view(script, speed, console, address) as view:
            arrived = Replay(service, script, view).run()
        span = service.clock.now() - script.starts_at
        console.print("the replay is complete; stopping the service, then checking …")
        service.worker.stop()
        evidence = gather(service, arrived)
        errors = service.worker.errors()
    checks = check_always(evidence) + check_delivery(evidence)
    if script.expectations is not None:
        checks += check_weekend(script.expectations, evidence)
    title = f"{script.title}: {short(span)} in {span.total_seconds() / speed:.0f} s"
    print_summary(console, title, evidence, checks)
    if any(check.verdict is Verdict.FAILED for check in checks):
        for line in errors[:5]:
            console.print(plain(f"the worker's log: {line}"), soft_wrap=True)
    return checks


def _view(script: Script, speed: float, console: Console, address: str | None) -> View:
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveView(console, script.title, speed, address)
    return PlainView(console)
