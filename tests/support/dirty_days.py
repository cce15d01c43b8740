"""Days of a county: 300 bookings a day from six jails, with the mistakes that systems and people make."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

import orjson

from events.instants import format_instant

BOOKINGS_A_DAY: Final = 300
SOURCES: Final = tuple(f"urn:test:jail-{number}" for number in range(6))
WRONG_FIELD, FAST_CLOCK, OWN_WORDS, BROKEN_REPORTS = SOURCES[:4]
"""Jails whose systems send one field too many, run an hour fast since a change of the hour, have a word of
their own for one booking in ten, and send one departure in fifty without its time."""

HAPPENS_TO: Final = {
    "the arrest is reported three days late": 0.007,
    "booked twice with different charges": 0.007,
    "booked again after the release": 0.003,
    "bail is dated ahead": 0.02,
    "bail is sent for a mistyped number": 0.003,
    "the departure is sent before the release": 0.003,
    "a hold that was never placed is lifted": 0.003,
    "the arrest is corrected to a later time": 0.005,
    "somebody types a word of their own": 0.01,
    "ICE asks for the date": 0.02,
    "ICE is at the counter": 0.002,
}
"""The share of the bookings, or of the events, that could have it."""


def happens(chance: Random, what: str) -> bool:
    return chance.random() < HAPPENS_TO[what]


@dataclass
class DirtyDays:
    """Everything that upstream sends in some days, each event with the instant at which it arrives."""

    start: datetime
    span: timedelta
    chance: Random
    with_a_fast_clock: bool = True
    arrivals: list[tuple[datetime, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        fast = FAST_CLOCK if self.with_a_fast_clock else None
        for number in range(self.span // timedelta(days=1) * BOOKINGS_A_DAY):
            at = self.start + self.span * self.chance.random()
            _Booking(f"B{number:05}", at, self.chance, self._send, fast).live()
        self.arrivals.sort(key=lambda arrival: arrival[0])

    def _send(self, at: datetime, event: bytes) -> None:
        self.arrivals.append((at, event))


@dataclass
class _Booking:
    """One person: booked, charged, sent to court or bailed out, and what goes wrong on the way."""

    number: str
    at: datetime
    chance: Random
    put: Callable[[datetime, bytes], None]
    fast_clock: str | None
    sent: int = 0

    def live(self) -> None:
        self.source = self.chance.choice(SOURCES)
        self.arrested_at = self.at - timedelta(minutes=self.chance.uniform(70, 300))
        if happens(self.chance, "the arrest is reported three days late"):
            self.arrested_at -= timedelta(hours=74)
        self._book()
        self._mistakes_while_held()
        if self.chance.random() < 0.25:
            self._bail_out(self.at + timedelta(hours=self.chance.uniform(2, 20)))
        elif self.chance.random() < 0.9:
            at = self.at + timedelta(hours=self.chance.uniform(20, 60))
            self._send(at, "person.transferred", transferred_at=at, to=self._word("court"))

    def _book(self) -> None:
        ahead = timedelta(hours=1) if self.source == self.fast_clock else timedelta(0)
        level = "felony"
        if self.source == OWN_WORDS and self.chance.random() < 0.1:
            level = "wobbler"
        facts: dict[str, Any] = {
            "agency": "LAPD",
            "facility": self.source,
            "arrested_at": self.arrested_at,
            "booked_at": self.at + ahead,
            "arrest_kind": self._word("warrantless"),
            "charges": [{"statute": "459PC", "level": level}],
        }
        if self.source == WRONG_FIELD:
            facts["nickname"] = "secret"
        self._send(self.at, "booking.created", **facts)
        if happens(self.chance, "booked twice with different charges"):
            charges = [{"statute": "211PC", "level": "felony"}]
            self._send(self.at + timedelta(minutes=20), "booking.created", **facts | {"charges": charges})

    def _mistakes_while_held(self) -> None:
        soon = self.at + timedelta(minutes=self.chance.uniform(20, 60))
        if happens(self.chance, "a hold that was never placed is lifted"):
            self._send(soon, "hold.lifted", hold_id="H-9")
        if happens(self.chance, "the departure is sent before the release"):
            self._send(soon, "person.departed", departed_at=soon)
        if happens(self.chance, "the arrest is corrected to a later time"):
            later = self.arrested_at + timedelta(minutes=30)
            self._send(soon, "booking.amended", arrested_at=later, reason="clerical_error")
        if happens(self.chance, "ICE asks for the date"):
            contact = {"channel": "email", "form": "I-247N", "requests": ["release_date"], "reply_to": "ice"}
            self._send(soon, "ice.contacted", contacted_at=soon, **contact)
        if happens(self.chance, "ICE is at the counter"):
            request = {"officer_reference": "badge 1", "warrant": "none", "reply_to": "ice"}
            late = soon - timedelta(minutes=30)
            self._send(soon, "ice.custody_requested", requested_at=late, **request)

    def _bail_out(self, at: datetime) -> None:
        posted_at = at + timedelta(minutes=10) if happens(self.chance, "bail is dated ahead") else at
        if happens(self.chance, "bail is sent for a mistyped number"):
            self._send(at, "bail.posted", about=f"{self.number}x", posted_at=posted_at, kind="cash")
        self._send(at + timedelta(minutes=1), "bail.posted", posted_at=posted_at, kind=self._word("cash"))
        if happens(self.chance, "booked again after the release"):
            again = {"arrested_at": self.arrested_at, "booked_at": self.at, "charges": []}
            self._send(at + timedelta(minutes=5), "booking.created", arrest_kind="warrantless", **again)
        left_at = at + timedelta(minutes=self.chance.uniform(5, 25))
        is_broken = self.source == BROKEN_REPORTS and self.chance.random() < 0.02
        self._send(left_at, "person.departed", **{"left" if is_broken else "departed_at": left_at})

    def _word(self, word: str) -> str:
        return "other place" if happens(self.chance, "somebody types a word of their own") else word

    def _send(self, arrives_at: datetime, kind: str, /, *, about: str | None = None, **data: Any) -> None:
        self.sent += 1
        event = {
            "specversion": "1.0",
            "id": f"{self.number}-{self.sent}",
            "source": self.source,
            "type": f"custody.{kind}.v1",
            "subject": about or self.number,
            "data": {
                name: format_instant(value) if isinstance(value, datetime) else value
                for name, value in data.items()
            },
        }
        self.put(arrives_at, orjson.dumps(event))
