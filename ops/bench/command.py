"""`custody bench`: the clock beside what an engineer would reach for instead, on this machine."""

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
    from ops.bench.results import OURS_ALONE
    from ops.bench.roster import ROWS

    for name, case in CASES.items():
        click.echo(f"{name:16} {case.told}")
    for name, (told, _) in OURS_ALONE.items():
        click.echo(f"{name:16} {told}")
    click.echo(f"contenders: {', '.join(ROWS)}")
    context.exit()


@click.command()
@click.option("--case", "cases", multiple=True, help="Only this case; may be given again. Default: all.")
@click.option("--peer", "peers", multiple=True, help="Only this contender; may be given again. Default: all.")
@click.option("--runs", type=click.IntRange(min=1), default=3, show_default=True, help="Runs of each case.")
@click.option("--quick", is_flag=True, help="Small numbers, one run: shows only that the harness works.")
@click.option("--add", is_flag=True, help="Add runs to the kept results of a case instead of replacing them.")
@click.option("--out", type=click.Path(path_type=Path), help="Where results go. Default: ops/bench/results.")
@click.option(
    "--envs",
    type=click.Path(path_type=Path),
    default=_DEFAULT_ENVIRONMENTS,
    show_default=True,
    help="Where the peers' own environments are, or are made.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=tempfile.gettempdir(),
    help="Where the stores are while they run: a directory on the disk to be measured.",
)
@click.option(
    "--report",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_report,
    help="Measure nothing: write tables and plots from the kept results.",
)
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list,
    help="Measure nothing: name the cases and contenders.",
)
def bench(
    cases: tuple[str, ...], peers: tuple[str, ...], quick: bool, out: Path | None, **options: Any
) -> None:
    """Measure the custody clock and its peers: the same timers, the same store, the same fsync.

    Each case is written to a JSON file of its own as soon as something of it is known. Peers are installed
    into environments of their own on first use. Nothing else should run on the machine meanwhile.
    """
    from ops.bench.results import RESULTS, Order, measure

    chosen = _known_cases(cases)
    order = Order(
        peers=_known_peers(peers),
        runs=1 if quick else options["runs"],
        quick=quick,
        add=options["add"],
        environments=options["envs"].expanduser(),
        under=options["data"],
        out=_out(out, RESULTS, quick),
        command=_command(),
    )
    # What was started must end with this process, however it is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for case in chosen:
        path = measure(case, order, click.echo)
        click.echo(f"{case}: {path}")


def _known_cases(cases: tuple[str, ...]) -> list[str]:
    from ops.bench.results import ALL_CASES

    return _known(cases, ALL_CASES, "case")


def _known_peers(peers: tuple[str, ...]) -> list[str]:
    from ops.bench.roster import ROWS

    return _known(peers, tuple(ROWS), "contender")


def _known(asked: tuple[str, ...], known: tuple[str, ...], what: str) -> list[str]:
    for name in asked:
        if name not in known:
            raise click.ClickException(f"no {what} {name}; there are: {', '.join(known)}")
    return [name for name in known if name in asked] if asked else list(known)


def _out(out: Path | None, kept: Path, quick: bool) -> Path:
    """Numbers that mean nothing never land among those that are kept."""
    if out is not None:
        return out
    return Path(tempfile.gettempdir()) / "custody-bench-quick" if quick else kept


def _command() -> str:
    """As it was given, without options that name directories of this machine."""
    arguments, kept = iter(sys.argv[1:]), []
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        if name in {"--out", "--envs", "--data"}:
            if not equals:
                next(arguments, None)
            continue
        kept.append(argument)
    return shlex.join(["custody", *kept])
