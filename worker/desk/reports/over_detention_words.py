"""The report on over-detention in words: sentences, tables, sheet, for the command line and the board."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from worker.desk.plain_words import counted, in_words, local, local_or_brief
from worker.desk.reports.entitled import Entitled
from worker.desk.reports.over_detention import BUCKETS_HOURS, OverDetention, Sums, bucket
from worker.desk.story import utc_ms
from worker.desk.words import basis_of_end, why_kept

SHEET: Final = (
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
LONGEST: Final = ("booking", "station", "kept", "cause", "what took longest", "entitled", "left")
"""The columns of `longest_row`."""

KEPT_LONGEST: Final = "kept longest"
NO_DEPARTURES: Final = (
    "Departures are not reported here: people are counted until the release, not until they left."
)


@dataclass(frozen=True, slots=True)
class SumsTable:
    """The sums of each group, and of all at the end; the first column has what they are grouped by."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def bucket_name(hours: int) -> str:
    """A bucket in words, by where it begins."""
    following = [other for other in BUCKETS_HOURS if other > hours]
    if not following:
        return f"{hours} h or more"
    return f"under {following[0]} h" if hours == 0 else f"{hours} to {following[0]} h"


def of_whom(report: OverDetention) -> str:
    """Whom the report is about, and when."""
    first, last = (local(instant, report.zone) for instant in (report.period.since, report.period.until))
    return f"Entitled to leave from {first} until {last}:"


def how_many(report: OverDetention) -> tuple[str, str]:
    """How many people were entitled to leave and are still here; how many were kept, and for how long."""
    sums = Sums.of(report.people)
    still_here = f", of whom {report.still_here:,} still here" if report.still_here else ""
    people = f"{counted(sums.people, 'person', 'people')}{still_here}"
    minutes = counted(sums.minutes, "minute")
    return people, f"{len(report.longest):,} kept for a minute or more; {minutes} in all"


def not_counted(report: OverDetention) -> str | None:
    """What the sums leave out; None if nothing."""
    if not report.unreadable:
        return None
    return f"NOT COUNTED: {counted(len(report.unreadable), 'record')} that cannot be read."


def sums_tables(report: OverDetention) -> Iterator[SumsTable]:
    """The sums in each of the ways; none if there is nobody."""
    if not report.people:
        return
    whole = Sums.of(report.people)
    by_station = {name or "place not known": sums for name, sums in report.by_station().items()}
    yield _table("station", by_station, whole)
    yield _table("cause", {basis_of_end(name): sums for name, sums in report.by_basis().items()}, whole)
    by_why = {why_kept(name): sums for name, sums in report.by_why().items()}
    yield _table("what took longest", by_why, whole)
    yield _table("month", report.by_month(), whole)


def longest_row(report: OverDetention, person: Entitled, beside: datetime | None = None) -> tuple[str, ...]:
    """One person who was kept.

    Args:
        beside: say instants briefly, as they are read beside this one.
    """
    left = local_or_brief(person.left_at, report.zone, beside) if person.left_at else "not reported"
    return (
        person.booking,
        person.facility or "place not known",
        in_words(person.kept_until - person.entitled_at),
        basis_of_end(person.basis),
        why_kept(person.why),
        local_or_brief(person.entitled_at, report.zone, beside),
        "STILL HERE" if report.is_still_here(person) else left,
    )


def sheet(report: OverDetention) -> Iterator[Sequence[str | int | None]]:
    """A row of `SHEET` for every person; instants are RFC 3339 in UTC."""
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


def _table(heading: str, grouped: Mapping[str, Sums], whole: Sums) -> SumsTable:
    columns = (heading, "people", "minutes", *map(bucket_name, BUCKETS_HOURS))
    return SumsTable(columns, tuple(_sums(*group) for group in [*grouped.items(), ("all", whole)]))


def _sums(name: str, sums: Sums) -> tuple[str, ...]:
    return name, f"{sums.people:,}", f"{sums.minutes:,}", *(f"{count:,}" for count in sums.buckets)
