"""Prints the report on over-detention: tables for people, a sheet for a spreadsheet."""

from collections.abc import Iterator, Mapping
from typing import Final

from worker.cli.output import print_csv, print_table, say
from worker.desk.plain_words import counted, in_words, local
from worker.desk.reports.entitled import Entitled
from worker.desk.reports.over_detention import BUCKETS_HOURS, OverDetention, Sums, bucket
from worker.desk.reports.over_detention_picture import bucket_name
from worker.desk.story import utc_ms
from worker.desk.words import basis_of_end, why_kept

_MOST_NAMED: Final = 20
_SHEET: Final = (
    "booking",
    "facility",
    "cause",
    "why",
    "entitled_at",
    "released_at",
    "departed_at",
    "still_here",
    "minutes",
    "bucket_hours",
    "month",
)


def print_tables(report: OverDetention) -> None:
    """Print the sums in each of the ways, and who was kept longest."""
    sums = Sums.of(report.people)
    first, last = (local(instant, report.zone) for instant in (report.period.since, report.period.until))
    say(f"Entitled to leave from {first} until {last}:")
    people, minutes = counted(sums.people, "person", "people"), counted(sums.minutes, "minute")
    still_here = f", of whom {report.still_here:,} still here" if report.still_here else ""
    say(f"{people}{still_here}; {len(report.longest):,} kept for a minute or more; {minutes} in all.")
    if not report.departures_expected:
        say("Departures are not reported here: people are counted until the release, not until they left.")
    if report.unreadable:
        say(f"NOT COUNTED: {counted(len(report.unreadable), 'record')} that cannot be read.")
    if not report.people:
        return
    by_station = {name or "place not known": sums for name, sums in report.by_station().items()}
    _print_sums("station", by_station, sums)
    _print_sums("cause", {basis_of_end(name): sums for name, sums in report.by_basis().items()}, sums)
    _print_sums("what took longest", {why_kept(name): sums for name, sums in report.by_why().items()}, sums)
    _print_sums("month", report.by_month(), sums)
    if longest := report.longest[:_MOST_NAMED]:
        more = len(report.longest) - len(longest)
        title = "kept longest" + (f"; {more} more with --csv or --json" if more else "")
        columns = ("booking", "station", "kept", "cause", "what took longest", "entitled", "left")
        print_table(columns, [_row(report, person) for person in longest], title)


def print_sheet(report: OverDetention) -> None:
    """Print a row for every person; instants are RFC 3339 in UTC."""
    print_csv(_SHEET, _sheet(report))


def _sheet(report: OverDetention) -> Iterator[tuple[str | int | None, ...]]:
    for person in report.people:
        yield (
            person.booking,
            person.facility,
            person.basis or "held",
            person.why,
            utc_ms(person.entitled_at),
            utc_ms(person.released_at),
            utc_ms(person.left_at),
            "yes" if report.is_still_here(person) else "no",
            person.minutes,
            bucket(person.minutes),
            report.month(person),
        )


def _print_sums(heading: str, grouped: Mapping[str, Sums], whole: Sums) -> None:
    columns = (heading, "people", "minutes", *map(bucket_name, BUCKETS_HOURS))
    print_table(columns, [_sums(name, sums) for name, sums in [*grouped.items(), ("all", whole)]])


def _sums(name: str, sums: Sums) -> tuple[str, ...]:
    return name, str(sums.people), f"{sums.minutes:,}", *map(str, sums.buckets)


def _row(report: OverDetention, person: Entitled) -> tuple[str, ...]:
    left = local(person.left_at, report.zone) if person.left_at else "not reported"
    return (
        person.booking,
        person.facility or "place not known",
        in_words(person.kept_until - person.entitled_at),
        basis_of_end(person.basis),
        why_kept(person.why),
        local(person.entitled_at, report.zone),
        "STILL HERE" if report.is_still_here(person) else left,
    )
