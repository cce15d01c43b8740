"""The bookings of the demo that each show one promise of the clock, with all that happens to them.

What must be before a deadline is hours before it, so that the order holds although a day passes in seconds.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

from ops.demo.weekend_case import STARTS_AT, STATIONS, Case, Offense, Role, nov
from ops.demo.weekend_offenses import (
    BURGLARY,
    DRUG_SALE,
    DRUNK_DRIVING,
    DRUNK_IN_PUBLIC,
    FUGITIVE,
    PAROLE_VIOLATION,
    ROBBERY,
    SHOPLIFTING,
    THREATS,
    VANDALISM,
    VEHICLE_TAKING,
)


class _Roster:
    """Gives each case its number, a station, and a moment in which the clock gets to know it."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def case(self, arrested_at: datetime, booked_at: datetime, offense: Offense) -> Case:
        number = next(self._numbers)
        handed_over_at = STARTS_AT + timedelta(minutes=1 + number % 45)
        return Case(
            booking=f"WKND-{number:03}",
            facility=STATIONS[number % len(STATIONS)],
            arrested_at=arrested_at,
            booked_at=booked_at,
            offense=offense,
            arrives_at=max(handed_over_at, booked_at + timedelta(minutes=2)),
        )

    def booked(self, arrested_at: datetime, booked_at: datetime, offense: Offense) -> Case:
        case = self.case(arrested_at, booked_at, offense)
        case.book()
        return case


def _ask_and_are_told(roster: _Roster) -> Iterator[Case]:
    date_only = roster.booked(nov(9, 14, 20), nov(9, 18, 40), DRUG_SALE)
    date_only.contact(nov(11, 21, 30), "email", "I-247N", "release_date")
    yield date_only

    by_phone = roster.booked(nov(10, 9, 5), nov(10, 11, 20), VEHICLE_TAKING)
    by_phone.contact(nov(12, 10, 0), "phone", "none", "release_date")
    yield by_phone

    transfer = roster.booked(nov(10, 16, 30), nov(10, 18, 15), BURGLARY)
    transfer.contact(nov(12, 14, 5), "email", "I-247X", "transfer", reply_to="ice-response-center")
    yield transfer

    nothing_asked = roster.booked(nov(11, 2, 20), nov(11, 4, 45), DRUNK_DRIVING)
    nothing_asked.contact(nov(12, 16, 40), "in_person", "I-205")
    nothing_asked.tell(
        nov(12, 17, 30), "counsel.designated", {"deliver_to": "public-defender"}, "counsel is named"
    )
    yield nothing_asked

    violent = roster.booked(nov(10, 6, 10), nov(10, 8, 55), ROBBERY)
    violent.contact(nov(11, 22, 0), "phone", "I-247A", "release_date", "hold")
    violent.roles.add(Role.ACTIVE_ASSISTANCE)
    yield violent


def _do_not_get_their_hold(roster: _Roster) -> Iterator[Case]:
    bond = roster.booked(nov(11, 15, 10), nov(11, 17, 5), BURGLARY)
    bond.contact(nov(11, 20, 0), "fax", "I-247D", "hold", reply_to="ice-response-center")
    bond.bail(nov(12, 9, 30), "bond")
    yield bond

    cash = roster.booked(nov(12, 0, 40), nov(12, 3, 15), DRUNK_DRIVING)
    cash.contact(nov(12, 8, 10), "teletype", "I-247", "hold", "release_date")
    cash.bail(nov(12, 13, 20), "cash")
    yield cash

    stays = roster.booked(nov(10, 21, 15), nov(11, 1, 50), THREATS)
    stays.contact(nov(12, 19, 0), "fax", "I-247A", "hold", "release_date", reply_to="ice-response-center")
    yield stays


def _stand_at_the_counter(roster: _Roster) -> Iterator[Case]:
    in_time = roster.booked(nov(10, 22, 40), nov(11, 0, 35), DRUG_SALE)
    in_time.contact(nov(12, 11, 0), "phone", "I-200", "transfer")
    in_time.ask_at_counter(nov(13, 10, 0), "ICE at the counter, before the deadline: handed over")
    in_time.ending = "handed_over"
    yield in_time

    too_late = roster.booked(nov(9, 19, 30), nov(9, 22, 5), VEHICLE_TAKING)
    too_late.ask_at_counter(nov(13, 8, 0), "ICE at the counter, hours after the release: refused")
    too_late.roles.add(Role.TOO_LATE_AT_COUNTER)
    yield too_late


def _are_told_that_it_is_over(roster: _Roster) -> Iterator[Case]:
    cited = roster.booked(nov(11, 17, 5), nov(11, 18, 20), SHOPLIFTING)
    cited.order(nov(11, 22, 45), "citation")
    cited.contact(nov(12, 12, 0), "phone", "none", "release_date")
    cited.roles.add(Role.TOLD_AFTER_RELEASE)
    yield cited

    voided = roster.booked(nov(11, 19, 40), nov(11, 21, 10), VANDALISM)
    voided.contact(nov(12, 9, 0), "teletype", "I-247", "release_date")
    voided.tell(nov(12, 15, 0), "booking.voided", {"reason": "duplicate"}, "booking voided: a duplicate")
    voided.ending = "voided"
    voided.note_close()
    yield voided

    in_court = roster.booked(nov(11, 23, 10), nov(12, 2, 0), BURGLARY)
    in_court.contact(nov(13, 9, 15), "email", "I-247N", "release_date")
    in_court.transfer(nov(14, 8, 0), "court")
    yield in_court

    early_bird = roster.case(nov(12, 18, 20), nov(12, 20, 52), DRUNK_IN_PUBLIC)
    early_bird.contact(nov(12, 20, 58), "phone", "none", "release_date")
    early_bird.roles.add(Role.CONTACT_BEFORE_BOOKING)
    early_bird.book(nov(12, 21, 0))
    early_bird.order(nov(13, 11, 0), "own_recognizance")
    yield early_bird


def _see_their_record_corrected(roster: _Roster) -> Iterator[Case]:
    refused = roster.booked(nov(10, 8, 0), nov(10, 16, 0), THREATS)
    refused.contact(nov(11, 20, 30), "fax", "I-247D", "hold", reply_to="ice-response-center")
    refused.amend(nov(12, 9, 0), nov(10, 14, 0), "arrest said to be 6 h later: refused after the contact")
    refused.roles.add(Role.LATER_DEADLINE_REFUSED)
    yield refused

    earlier = roster.booked(nov(10, 20, 0), nov(10, 22, 30), DRUG_SALE)
    earlier.contact(nov(11, 23, 0), "email", "I-247N", "release_date")
    earlier.amend(nov(12, 12, 0), nov(10, 11, 0), "arrest was 9 h earlier: so is the release")
    earlier.corrected_arrest_at = nov(10, 11, 0)
    yield earlier

    later = roster.booked(nov(10, 3, 0), nov(10, 7, 0), VEHICLE_TAKING)
    later.amend(nov(12, 10, 0), nov(10, 5, 30), "arrest was 2.5 h later, and nobody had asked: corrected")
    later.corrected_arrest_at = nov(10, 5, 30)
    yield later


def _have_other_authorities(roster: _Roster) -> Iterator[Case]:
    parole = roster.booked(nov(9, 11, 45), nov(9, 14, 0), PAROLE_VIOLATION)
    parole.hold(nov(11, 19, 30), "placed", "PAROLE-1", "parole")
    parole.remaining_holds = ("PAROLE-1",)
    yield parole

    warrant = roster.booked(nov(10, 12, 30), nov(10, 15, 10), BURGLARY)
    warrant.hold(nov(11, 20, 15), "placed", "WARRANT-1", "judicial_warrant")
    warrant.hold(nov(11, 20, 20), "placed", "PAROLE-2", "parole")
    warrant.hold(nov(12, 11, 40), "lifted", "PAROLE-2", "parole")
    warrant.remaining_holds = ("WARRANT-1",)
    yield warrant

    other_state = roster.booked(nov(11, 9, 0), nov(11, 11, 30), FUGITIVE)
    other_state.transfer(nov(12, 12, 30), "other_agency")
    yield other_state


def _arrive_oddly(roster: _Roster) -> Iterator[Case]:
    twice_the_same = roster.booked(nov(10, 17, 20), nov(10, 19, 0), DRUG_SALE)
    twice_the_same.events.append(twice_the_same.events[0])
    yield twice_the_same

    alike = roster.booked(nov(10, 2, 15), nov(10, 4, 40), BURGLARY)
    alike.tell(nov(11, 19, 45), "booking.created", alike.facts(), "the same booking under another id")
    alike.roles.add(Role.BOOKED_TWICE_ALIKE)
    yield alike

    conflicting = roster.booked(nov(10, 13, 50), nov(10, 16, 25), VEHICLE_TAKING)
    contradiction = conflicting.facts() | {"arrested_at": nov(10, 15, 50).isoformat()}
    conflicting.tell(
        nov(11, 20, 40), "booking.created", contradiction, "another booking under the same number"
    )
    conflicting.roles.add(Role.BOOKED_TWICE_DIFFERENTLY)
    yield conflicting

    late = roster.booked(nov(8, 13, 30), nov(8, 15, 15), THREATS)
    late.roles.add(Role.LATE_ON_ARRIVAL)
    yield late

    gone = roster.booked(nov(10, 7, 0), nov(10, 9, 30), DRUG_SALE)
    gone.tell(
        nov(12, 12, 15), "person.departed", {"departed_at": nov(12, 12, 15).isoformat()}, "said to be gone"
    )
    gone.roles.add(Role.DEPARTED_WHILE_HELD)
    yield gone

    slow_bail = roster.booked(nov(9, 22, 0), nov(10, 0, 20), BURGLARY)
    slow_bail.entitled_earlier_at = nov(12, 20, 30)
    posted = {"posted_at": nov(12, 20, 30).isoformat(), "kind": "bond"}
    slow_bail.tell(nov(13, 1, 0), "bail.posted", posted, "bail, posted before the release, becomes known")
    slow_bail.roles.add(Role.ENTITLED_EARLIER)
    yield slow_bail


def _end_otherwise(roster: _Roster) -> Iterator[Case]:
    not_found = roster.booked(nov(11, 20, 0), nov(11, 22, 10), THREATS)
    not_found.find_no_probable_cause(nov(12, 16, 0))
    yield not_found

    found = roster.booked(nov(11, 4, 0), nov(11, 6, 30), BURGLARY)
    finding = {"determined_at": nov(12, 11, 0).isoformat(), "outcome": "found"}
    found.tell(nov(12, 11, 0), "probable_cause.determined", finding, "probable cause found")
    yield found

    patient = roster.booked(nov(10, 18, 45), nov(10, 21, 0), DRUNK_DRIVING)
    patient.transfer(nov(12, 2, 0), "hospital")
    yield patient

    checked = roster.booked(nov(9, 23, 10), nov(10, 1, 30), VEHICLE_TAKING)
    checked.check_warrants(nov(11, 19, 0))
    yield checked

    escaped = roster.booked(nov(11, 21, 40), nov(12, 0, 10), BURGLARY)
    escaped.tell(nov(12, 5, 30), "person.escaped", {"at": nov(12, 5, 30).isoformat()}, "escaped")
    escaped.ending = "escaped"
    yield escaped

    for arrested_at, booked_at, offense in (
        (nov(9, 16, 50), nov(9, 19, 20), DRUG_SALE),
        (nov(10, 10, 40), nov(10, 13, 0), ROBBERY),
    ):
        overstaying = roster.booked(arrested_at, booked_at, offense)
        overstaying.roles.add(Role.OVERSTAYING)
        yield overstaying


def cast() -> list[Case]:
    """Every scene, numbered in the order in which they are written above."""
    roster = _Roster()
    scenes = (
        _ask_and_are_told,
        _do_not_get_their_hold,
        _stand_at_the_counter,
        _are_told_that_it_is_over,
        _see_their_record_corrected,
        _have_other_authorities,
        _arrive_oddly,
        _end_otherwise,
    )
    return [case for scene in scenes for case in scene(roster)]
