"""The demo from its first line to its last: stage, replay, evidence, checks, summary."""

from rich.console import Console

from ops.demo.checks import check_always
from ops.demo.checks_of_weekend import check_weekend
from ops.demo.evidence import gather
from ops.demo.live_view import LiveView
from ops.demo.news import short
from ops.demo.replay import Replay
from ops.demo.script import Script
from ops.demo.stage import set_stage
from ops.demo.summary import print_summary
from ops.demo.verdict import Check, Verdict
from ops.demo.view import PlainView, View


def perform(script: Script, speed: float, console: Console) -> list[Check]:
    """Play the script at this speed, tell what came of it, and return what was checked.

    Raises:
        ops.demo.stage.StageError: the worker does not start, or dies.
        KeyboardInterrupt: somebody stopped it; by then all is taken down.
    """
    console.print(f"{script.title}, {speed:g} times as fast as real; starting a store and a worker …")
    with set_stage(script.starts_at, speed) as stage:
        with _view(script, speed, console) as view:
            arrived = Replay(stage, script, view).run()
        span = stage.clock.now() - script.starts_at
        console.print("all is through; stopping the worker, then checking …")
        stage.worker.stop()
        evidence = gather(stage, arrived)
        errors = stage.worker.errors()
    checks = check_always(evidence)
    if script.expectations is not None:
        checks += check_weekend(script.expectations, evidence)
    title = f"{script.title}: {short(span)} in {span.total_seconds() / speed:.0f} s"
    print_summary(console, title, evidence, checks)
    if any(check.verdict is Verdict.FAILED for check in checks):
        for line in errors[:5]:
            console.print(f"the worker's log: {line}", markup=False, soft_wrap=True)
    return checks


def _view(script: Script, speed: float, console: Console) -> View:
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveView(console, script.title, speed)
    return PlainView(console)
