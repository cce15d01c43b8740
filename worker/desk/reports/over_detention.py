"""Who was kept past entitlement, by how much and why: people and minutes, grouped in several ways."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from worker.desk.custody_list import place_key
from worker.desk.reports.entitled import Entitled, Entitlements
from worker.desk.reports.period import Period
from worker.desk.story import utc_ms
from worker.store import records
from worker.store.context import Context

BUCKETS_HOURS: Final = (0, 2, 4, 12, 24)
"""Where each bucket begins, in hours; the last has no end."""

Key = Callable[[Entitled], str | None]


@dataclass(frozen=True, slots=True)
class Sums:
    """How many people, their minutes past entitlement, and the people in each of `BUCKETS_HOURS`."""

    people: int
    minutes: int
    buckets: tuple[int, ...]

    @classmethod
    def of(cls, people: Sequence[Entitled]) -> "Sums":
        """Of these people."""
        found = [bucket(person.minutes) for person in people]
        return cls(
            people=len(people),
            minutes=sum(person.minutes for person in people),
            buckets=tuple(found.count(hours) for hours in BUCKETS_HOURS),
        )

    def to_document(self) -> dict[str, Any]:
        """For a program."""
        by_hours = {str(hours): count for hours, count in zip(BUCKETS_HOURS, self.buckets, strict=True)}
        return {"people": self.people, "minutes": self.minutes, "buckets": by_hours}


@dataclass(frozen=True, slots=True)
class OverDetention:
    """Everybody who was entitled to leave in a period, as of the store's time.

    Attributes:
        departures_expected: whether departures are reported; if not, people are counted until the release.
        zone: of the local months.
        unreadable: booking numbers of the records that cannot be read, in order.
    """

    period: Period
    people: tuple[Entitled, ...]
    departures_expected: bool
    zone: ZoneInfo
    unreadable: tuple[str, ...] = ()

    @property
    def longest(self) -> list[Entitled]:
        """Those with a minute or more, the longest first."""
        return sorted((person for person in self.people if person.minutes), key=lambda one: -one.minutes)

    @property
    def still_here(self) -> int:
        """How many have not left, as far as was reported."""
        return sum(self.is_still_here(person) for person in self.people)

    def is_still_here(self, person: Entitled) -> bool:
        """Whether this person has not left, as far as was reported; False where departures never are."""
        return person.left_at is None and (self.departures_expected or person.released_at is None)

    def by_station(self) -> dict[str | None, Sums]:
        """By facility; spellings that differ in capitals and blanks alone are one."""
        names: dict[str, str] = {}
        for place in sorted({person.facility for person in self.people if person.facility}):
            names.setdefault(place_key(place), " ".join(place.split()))
        return self._by(lambda person: names.get(place_key(person.facility)))

    def by_basis(self) -> dict[str | None, Sums]:
        """By why the person was released; None for those still held."""
        return self._by(lambda person: person.basis)

    def by_why(self) -> dict[str | None, Sums]:
        """By what took longest; None for those with no minute."""
        return self._by(lambda person: person.why)

    def by_month(self) -> dict[str, Sums]:
        """By the local month of the entitlement, as in `2026-11`, the earliest first."""
        grouped = self._by(self.month)
        return dict(sorted((str(name), sums) for name, sums in grouped.items()))

    def month(self, person: Entitled) -> str:
        """The local month of a person's entitlement, as in `2026-11`."""
        return person.entitled_at.astimezone(self.zone).strftime("%Y-%m")

    def _by(self, key: Key) -> dict[str | None, Sums]:
        """Grouped by a key, the group with the most minutes first."""
        grouped: dict[str | None, list[Entitled]] = {}
        for person in self.people:
            grouped.setdefault(key(person), []).append(person)
        sums = {name: Sums.of(people) for name, people in grouped.items()}
        return dict(sorted(sums.items(), key=lambda item: (-item[1].minutes, -item[1].people, item[0] or "")))

    def to_document(self) -> dict[str, Any]:
        """For a program; instants are RFC 3339 in UTC with milliseconds."""
        return {
            "from": utc_ms(self.period.since),
            "to": utc_ms(self.period.until),
            "time_zone": self.zone.key,
            "departures_expected": self.departures_expected,
            "unreadable": list(self.unreadable),
            "total": Sums.of(self.people).to_document()
            | {"over_detained": len(self.longest), "still_here": self.still_here},
            "by_station": _listed("facility", self.by_station()),
            "by_cause": _listed("basis", self.by_basis()),
            "by_reason_late": _listed("why", self.by_why()),
            "by_month": _listed("month", self.by_month()),
            "people": [self._person(person) for person in self.people],
        }

    def _person(self, person: Entitled) -> dict[str, Any]:
        return {
            "booking": person.booking,
            "facility": person.facility,
            "basis": person.basis,
            "why": person.why,
            "entitled_at": utc_ms(person.entitled_at),
            "released_at": utc_ms(person.released_at),
            "departed_at": utc_ms(person.left_at),
            "still_here": self.is_still_here(person),
            "minutes": person.minutes,
            "bucket_hours": bucket(person.minutes),
            "month": self.month(person),
        }


def bucket(minutes: int) -> int:
    """Where the bucket begins that these minutes belong to, in hours."""
    return max(hours for hours in BUCKETS_HOURS if hours * 60 <= minutes)


def over_detention(context: Context, period: Period) -> OverDetention:
    """Read every record once, of every shard."""
    rules, now = context.rules_by_record.current, context.store_now()
    found = Entitlements(
        period, now, departures_expected=rules.departures_expected, late_after=rules.late_after
    )
    unreadable: list[str] = []
    for shard in context.shards:
        for loaded in records.every(shard.client, shard.keys):
            found.read(loaded.records.values())
            unreadable += [error.booking for error in loaded.unreadable]
    return OverDetention(
        period=period,
        people=tuple(found.people()),
        departures_expected=rules.departures_expected,
        zone=rules.profile.calendar.zone,
        unreadable=tuple(sorted(unreadable)),
    )


def _listed(name: str, grouped: Any) -> list[dict[str, Any]]:
    return [{name: value} | sums.to_document() for value, sums in grouped.items()]
