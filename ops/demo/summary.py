"""What the demo prints at the end: totals, and every check with what it found."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from events.outbound import ClockAlarmed, IceReleaseDateGiven, IceRequestDeclined, Outbound
from ops.demo.delivery_summary import print_delivery
from ops.demo.evidence import Evidence
from ops.demo.lateness import at_deadline, percentile
from ops.demo.verdict import Check, Verdict
from worker.cli.output import plain
from worker.custody.record import Record, State
from worker.desk.words import ALARMS, BASES, reject_reason

_STYLES: Final = {Verdict.OK: "green", Verdict.FAILED: "bold red"}


def print_summary(console: Console, title: str, evidence: Evidence, checks: Sequence[Check]) -> None:
    """The totals, what arrived, every check, and a last line."""
    totals = Table(title=plain(title), title_justify="left", show_header=False)
    totals.add_column(style="bold", no_wrap=True)
    totals.add_column()
    for name, text in _totals(evidence):
        totals.add_row(name, plain(text))
    console.print(totals)
    print_delivery(console, evidence)
    table = Table("", "check", "found", title="checks", title_justify="left")
    for check in checks:
        table.add_row(
            Text(check.verdict, style=_STYLES[check.verdict]), plain(check.promise), plain(check.found)
        )
    console.print(table)
    failed = sum(check.verdict is Verdict.FAILED for check in checks)
    if failed:
        console.print(Text(f"{failed} of {len(checks)} checks FAILED.", style="bold red"))
    else:
        console.print(Text(f"All {len(checks)} checks hold.", style="bold green"))


def _totals(evidence: Evidence) -> Iterator[tuple[str, str]]:
    records = [record for record in evidence.records.values() if record.facts is not None]
    stations = {record.facts.facility for record in records if record.facts}
    yield "bookings", f"{len(records)} at {len(stations)} stations, {len(evidence.arrived)} events received"
    yield "released", _by_basis(records, "released")
    yield "closed", _by_basis(records, "closed")
    sent = [item.event for item in evidence.sent]
    yield "ICE", _ice(records, sent)
    alarms = Counter(ALARMS[event.data.code] for event in sent if isinstance(event, ClockAlarmed))
    yield "alarms", _counted(alarms)
    reasons = Counter(reject_reason(item.rejection.reason) for item in evidence.rejected)
    yield "rejected events", _counted(reasons)
    late = sorted(ending.late_ms for ending in at_deadline(evidence) if not ending.learned_late)
    p50, p99 = percentile(late, 50), percentile(late, 99)
    yield (
        "lateness",
        (
            f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {late[-1] if late else 0:.1f} ms of real time, "
            "from the deadline to the release order in the outbox"
        ),
    )


def _by_basis(records: Sequence[Record], state: State) -> str:
    bases = [record.basis for record in records if record.state == state]
    return _counted(Counter(BASES[basis] for basis in bases if basis is not None))


def _ice(records: Sequence[Record], sent: Sequence[Outbound]) -> str:
    contacted = [record for record in records if record.contacts]
    dates = [event for event in sent if isinstance(event, IceReleaseDateGiven)]
    declined = {event.subject for event in dates if event.data.hold_request == "declined"}
    requests = sum(isinstance(event, IceRequestDeclined) for event in sent)
    return (
        f"asked about {len(contacted)}; {len(dates)} release-date notices sent, "
        f"{len(declined)} holds and {requests} other requests declined"
    )


def _counted(counts: Counter[str]) -> str:
    """The sum, then the count of each."""
    parts = ", ".join(f"{name} {count}" for name, count in counts.most_common())
    return f"{counts.total()}" + (f": {parts}" if parts else "")
