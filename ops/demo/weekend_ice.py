"""The scenes of the demo in which ICE asks about somebody.

What must be before a deadline is hours before it, so that the order holds although a day passes in seconds.
"""

from collections.abc import Iterator

from ops.demo.weekend_case import Case, Role, nov
from ops.demo.weekend_offenses import (
    BURGLARY,
    DRUG_SALE,
    DRUNK_DRIVING,
    DRUNK_IN_PUBLIC,
    ROBBERY,
    SHOPLIFTING,
    THREATS,
    VANDALISM,
    VEHICLE_TAKING,
)
from ops.demo.weekend_roster import Roster


def ask_and_are_told(roster: Roster) -> Iterator[Case]:
    """Who asks for the date, or for nothing, and gets the date."""
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


def do_not_get_their_hold(roster: Roster) -> Iterator[Case]:
    """A request to hold changes nothing: not bail, not the deadline."""
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


def stand_at_the_counter(roster: Roster) -> Iterator[Case]:
    """ICE may take over until the deadline, and not after it."""
    in_time = roster.booked(nov(10, 22, 40), nov(11, 0, 35), DRUG_SALE)
    in_time.contact(nov(12, 11, 0), "phone", "I-200", "transfer")
    in_time.ask_at_counter(nov(13, 10, 0), "ICE at the counter, before the deadline: handed over")
    in_time.ending = "handed_over"
    in_time.note_close()
    yield in_time

    too_late = roster.booked(nov(9, 19, 30), nov(9, 22, 5), VEHICLE_TAKING)
    too_late.ask_at_counter(nov(13, 8, 0), "ICE at the counter, hours after the release: refused")
    too_late.roles.add(Role.TOO_LATE_AT_COUNTER)
    yield too_late


def are_told_that_it_is_over(roster: Roster) -> Iterator[Case]:
    """Contacts about people who are gone, or soon will be, by another way."""
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
