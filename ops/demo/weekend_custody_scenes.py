"""The demo's scenes about custody itself: corrections, holds, unusual arrivals, other endings.

Whatever must come before a deadline comes hours before it, so that the order holds when a day takes seconds.
"""

from collections.abc import Iterator

from ops.demo.weekend_booking import Role, WeekendBooking
from ops.demo.weekend_events import nov
from ops.demo.weekend_offenses import (
    BURGLARY,
    DRUG_SALE,
    DRUNK_DRIVING,
    FUGITIVE,
    PAROLE_VIOLATION,
    ROBBERY,
    THREATS,
    VEHICLE_TAKING,
)
from ops.demo.weekend_register import Register


def corrections(register: Register) -> Iterator[WeekendBooking]:
    """Corrections of the instant of arrest, with and without an earlier contact by ICE."""
    refused = register.booked(nov(10, 8, 0), nov(10, 16, 0), THREATS)
    refused.contact(nov(11, 20, 30), "fax", "I-247D", "hold", reply_to="ice-response-center")
    refused.amend(nov(12, 9, 0), nov(10, 14, 0), "arrest reported 6 h later: refused after the contact")
    refused.roles.add(Role.LATER_DEADLINE_REFUSED)
    yield refused

    earlier = register.booked(nov(10, 20, 0), nov(10, 22, 30), DRUG_SALE)
    earlier.contact(nov(11, 23, 0), "email", "I-247N", "release_date")
    earlier.amend(nov(12, 12, 0), nov(10, 11, 0), "arrest was 9 h earlier, and so is the release")
    earlier.corrected_arrest_at = nov(10, 11, 0)
    yield earlier

    later = register.booked(nov(10, 3, 0), nov(10, 7, 0), VEHICLE_TAKING)
    later.amend(nov(12, 10, 0), nov(10, 5, 30), "arrest was 2.5 h later; ICE had not asked: corrected")
    later.corrected_arrest_at = nov(10, 5, 30)
    later.doubts.add("deadline_moved_later")
    yield later


def other_authorities(register: Register) -> Iterator[WeekendBooking]:
    """Holds that remain after the release, and an agency that takes over."""
    parole = register.booked(nov(9, 11, 45), nov(9, 14, 0), PAROLE_VIOLATION)
    parole.hold(nov(11, 19, 30), "placed", "PAROLE-1", "parole")
    parole.remaining_holds = ("PAROLE-1",)
    yield parole

    warrant = register.booked(nov(10, 12, 30), nov(10, 15, 10), BURGLARY)
    warrant.hold(nov(11, 20, 15), "placed", "WARRANT-1", "judicial_warrant")
    warrant.hold(nov(11, 20, 20), "placed", "PAROLE-2", "parole")
    warrant.hold(nov(12, 11, 40), "lifted", "PAROLE-2", "parole")
    warrant.remaining_holds = ("WARRANT-1",)
    yield warrant

    other_state = register.booked(nov(11, 9, 0), nov(11, 11, 30), FUGITIVE)
    other_state.transfer(nov(12, 12, 30), "other_agency")
    yield other_state


def odd_arrivals(register: Register) -> Iterator[WeekendBooking]:
    """Duplicates, contradictions, and facts that arrive late."""
    twice_the_same = register.booked(nov(10, 17, 20), nov(10, 19, 0), DRUG_SALE)
    twice_the_same.events.append(twice_the_same.events[0])
    yield twice_the_same

    alike = register.booked(nov(10, 2, 15), nov(10, 4, 40), BURGLARY)
    alike.add_event(nov(11, 19, 45), "booking.created", alike.facts(), "the same booking under another id")
    alike.roles.add(Role.BOOKED_TWICE_ALIKE)
    yield alike

    conflicting = register.booked(nov(10, 13, 50), nov(10, 16, 25), VEHICLE_TAKING)
    contradiction = conflicting.facts() | {"arrested_at": nov(10, 15, 50).isoformat()}
    conflicting.add_event(
        nov(11, 20, 40), "booking.created", contradiction, "another booking under the same number"
    )
    conflicting.roles.add(Role.BOOKED_TWICE_DIFFERENTLY)
    yield conflicting

    late = register.booked(nov(8, 13, 30), nov(8, 15, 15), THREATS)
    late.roles.add(Role.LATE_ON_ARRIVAL)
    late.doubts.add("late_on_arrival")
    yield late

    gone = register.booked(nov(10, 7, 0), nov(10, 9, 30), DRUG_SALE)
    gone.add_event(
        nov(12, 12, 15), "person.departed", {"departed_at": nov(12, 12, 15).isoformat()}, "reported gone"
    )
    gone.roles.add(Role.DEPARTED_WHILE_HELD)
    yield gone

    slow_bail = register.booked(nov(9, 22, 0), nov(10, 0, 20), BURGLARY)
    slow_bail.entitled_earlier_at = nov(12, 20, 30)
    posted = {"posted_at": nov(12, 20, 30).isoformat(), "kind": "bond"}
    slow_bail.add_event(
        nov(13, 1, 0), "bail.posted", posted, "bail posted before the release, reported after it"
    )
    slow_bail.roles.add(Role.ENTITLED_EARLIER)
    yield slow_bail


def other_endings(register: Register) -> Iterator[WeekendBooking]:
    """Probable cause, a hospital, an escape, a warrant check that is no contact, two people who overstay."""
    not_found = register.booked(nov(11, 20, 0), nov(11, 22, 10), THREATS)
    not_found.find_no_probable_cause(nov(12, 16, 0))
    yield not_found

    found = register.booked(nov(11, 4, 0), nov(11, 6, 30), BURGLARY)
    finding = {"determined_at": nov(12, 11, 0).isoformat(), "outcome": "found"}
    found.add_event(nov(12, 11, 0), "probable_cause.determined", finding, "probable cause found")
    yield found

    patient = register.booked(nov(10, 18, 45), nov(10, 21, 0), DRUNK_DRIVING)
    patient.transfer(nov(12, 2, 0), "hospital")
    yield patient

    checked = register.booked(nov(9, 23, 10), nov(10, 1, 30), VEHICLE_TAKING)
    checked.check_warrants(nov(11, 19, 0))
    yield checked

    escaped = register.booked(nov(11, 21, 40), nov(12, 0, 10), BURGLARY)
    escaped.add_event(nov(12, 5, 30), "person.escaped", {"at": nov(12, 5, 30).isoformat()}, "escaped")
    escaped.ending = "escaped"
    yield escaped

    for arrested_at, booked_at, offense in (
        (nov(9, 16, 50), nov(9, 19, 20), DRUG_SALE),
        (nov(10, 10, 40), nov(10, 13, 0), ROBBERY),
    ):
        overstaying = register.booked(arrested_at, booked_at, offense)
        overstaying.roles.add(Role.OVERSTAYING)
        yield overstaying
