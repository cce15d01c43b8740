"""`custody bench`: the clock beside its alternatives, on this machine."""

import shlex
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

_DEFAULT_ENVIRONMENTS = "~/.cache/custody-bench"


def _report(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    from ops.bench import plots
    from ops.bench.report import PAGE, write
    from ops.bench.results import RESULTS, read

    documents = read(RESULTS)
    if not documents:
        raise click.ClickException(f"there are no results under {RESULTS}: measure first")
    drawn = plots.draw(documents)
    write(documents, drawn)
    click.echo(f"{PAGE}: {len(documents)} case(s), {len(drawn)} plot(s)")
    context.exit()


def _list(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    from ops.bench.cases import CASES
    from ops.bench.contenders import ROWS
    from ops.bench.results import OURS_ALONE

    for name, case in CASES.items():
        click.echo(f"{name:16} {case.summary}")
    for name, (summary, _) in OURS_ALONE.items():
        click.echo(f"{name:16} {summary}")
    click.echo(f"contenders: {', '.join(ROWS)}")
    context.exit()


@click.command(short_help="Measure lateness and throughput, beside alternatives.")
@click.option("--case", "cases", multiple=True, help="Run only this case; repeatable. Default: all.")
@click.option("--peer", "peers", multiple=True, help="Run only this contender; repeatable. Default: all.")
@click.option("--runs", type=click.IntRange(min=1), default=3, show_default=True, help="Runs of each case.")
@click.option("--quick", is_flag=True, help="One run at small sizes: shows only that the harness works.")
@click.option("--add", is_flag=True, help="Add runs to a case's kept results instead of replacing them.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Directory for results. Default: ops/bench/results."
)
@click.option(
    "--envs",
    type=click.Path(path_type=Path),
    default=_DEFAULT_ENVIRONMENTS,
    show_default=True,
    help="Directory of the peers' environments, created if missing.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=tempfile.gettempdir(),
    help="Directory for the stores while they run, on the disk to be measured.",
)
@click.option(
    "--report",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_report,
    help="Do not measure: write tables and plots from the kept results.",
)
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list,
    help="Do not measure: list the cases and contenders.",
)
def bench(
    cases: tuple[str, ...], peers: tuple[str, ...], quick: bool, out: Path | None, **options: Any
) -> None:
    """Measure the custody clock and its peers with the same timers, store and fsync policy.

    Each case has its own JSON file, written after every contender. Peers are installed into separate
    environments on first use. Nothing else should run on the machine during a measurement.
    """
    from ops.bench.results import RESULTS, Plan, measure

    chosen = _known_cases(cases)
    plan = Plan(
        peers=_known_peers(peers),
        runs=1 if quick else options["runs"],
        quick=quick,
        add=options["add"],
        environments=options["envs"].expanduser(),
        under=options["data"],
        out=_out(out, RESULTS, quick),
        command=_command(),
    )
    # On SIGTERM, too, this process must stop everything it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for case in chosen:
        path = measure(case, plan, click.echo)
        click.echo(f"{case}: {path}")


def _known_cases(cases: tuple[str, ...]) -> list[str]:
    from ops.bench.results import ALL_CASES

    return _known(cases, ALL_CASES, "case")


def _known_peers(peers: tuple[str, ...]) -> list[str]:
    from ops.bench.contenders import ROWS

    return _known(peers, tuple(ROWS), "contender")


def _known(asked: tuple[str, ...], known: tuple[str, ...], what: str) -> list[str]:
    for name in asked:
        if name not in known:
            raise click.ClickException(f"no {what} {name}; there are: {', '.join(known)}")
    return [name for name in known if name in asked] if asked else list(known)


def _out(out: Path | None, kept: Path, quick: bool) -> Path:
    """Where results go. Figures of a quick run mean nothing and never go among the kept ones."""
    if out is not None:
        return out
    return Path(tempfile.gettempdir()) / "custody-bench-quick" if quick else kept


def _command() -> str:
    """The command as given, without options that name directories of this machine."""
    arguments, kept = iter(sys.argv[1:]), []
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        if name in {"--out", "--envs", "--data"}:
            if not equals:
                next(arguments, None)
            continue
        kept.append(argument)
    return shlex.join(["custody", *kept])
