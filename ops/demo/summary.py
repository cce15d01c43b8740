"""What the demo says at its end: numbers, and each check with what it found."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from events.outbound import ClockAlarmed, IceReleaseDateGiven, IceRequestDeclined, Outbound
from ops.demo.evidence import Evidence
from ops.demo.lateness import at_deadline, percentile
from ops.demo.verdict import Check, Verdict
from worker.custody.record import Record

_STYLES: Final = {Verdict.OK: "green", Verdict.FAILED: "bold red"}


def print_summary(console: Console, title: str, evidence: Evidence, checks: Sequence[Check]) -> None:
    """Two tables and a last line."""
    numbers = Table(title=title, title_justify="left", show_header=False)
    numbers.add_column(style="bold", no_wrap=True)
    numbers.add_column()
    for name, told in _numbers(evidence):
        numbers.add_row(name, told)
    console.print(numbers)
    table = Table("", "check", "found", title="checks", title_justify="left")
    for check in checks:
        table.add_row(Text(check.verdict, style=_STYLES[check.verdict]), check.promise, Text(check.found))
    console.print(table)
    failed = sum(check.verdict is Verdict.FAILED for check in checks)
    if failed:
        console.print(f"[bold red]{failed} of {len(checks)} checks FAILED.[/]")
    else:
        console.print(f"[bold green]All {len(checks)} checks hold.[/]")


def _numbers(evidence: Evidence) -> Iterator[tuple[str, str]]:
    records = [record for record in evidence.records.values() if record.facts is not None]
    stations = {record.facts.facility for record in records if record.facts}
    yield "bookings", f"{len(records)} at {len(stations)} stations, {len(evidence.arrived)} events in"
    yield "released", _by_basis(records, "released")
    yield "closed", _by_basis(records, "closed")
    sent = [item.event for item in evidence.sent]
    yield "ICE", _ice(records, sent)
    alarms = Counter[str](event.data.code for event in sent if isinstance(event, ClockAlarmed))
    yield "alarms", _counted(alarms)
    yield "refused events", _counted(Counter[str](item.reason for item in evidence.rejected))
    late = sorted(ending.late_ms for ending in at_deadline(evidence) if not ending.learned_late)
    p50, p99 = percentile(late, 50), percentile(late, 99)
    yield (
        "lateness",
        (
            f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {late[-1] if late else 0:.1f} ms of real time, "
            "from the deadline to the release order in the outbox"
        ),
    )


def _by_basis(records: Sequence[Record], state: str) -> str:
    return _counted(Counter[str](record.basis or "" for record in records if record.state == state))


def _ice(records: Sequence[Record], sent: Sequence[Outbound]) -> str:
    asked = [record for record in records if record.contacts]
    dates = [event for event in sent if isinstance(event, IceReleaseDateGiven)]
    declined = {event.subject for event in dates if event.data.hold_request == "declined"}
    refused = sum(isinstance(event, IceRequestDeclined) for event in sent)
    return (
        f"asked about {len(asked)}, notices of dates {len(dates)}, "
        f"holds declined {len(declined)}, requests refused {refused}"
    )


def _counted(counts: Counter[str]) -> str:
    """The sum, then each with its count."""
    parts = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.most_common())
    return f"{counts.total()}" + (f": {parts}" if parts else "")
