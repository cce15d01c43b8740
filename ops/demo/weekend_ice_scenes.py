"""The demo's scenes with contacts by ICE.

Whatever must come before a deadline comes hours before it, so that the order holds when a day takes seconds.
"""

from collections.abc import Iterator

from ops.demo.weekend_booking import Role, WeekendBooking
from ops.demo.weekend_events import nov
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
from ops.demo.weekend_register import Register


def date_requests(register: Register) -> Iterator[WeekendBooking]:
    """ICE asks for the release date, or for nothing, and is sent the date."""
    date_only = register.booked(nov(9, 14, 20), nov(9, 18, 40), DRUG_SALE)
    date_only.contact(nov(11, 21, 30), "email", "I-247N", "release_date")
    yield date_only

    by_phone = register.booked(nov(10, 9, 5), nov(10, 11, 20), VEHICLE_TAKING)
    by_phone.contact(nov(12, 10, 0), "phone", "none", "release_date")
    yield by_phone

    transfer = register.booked(nov(10, 16, 30), nov(10, 18, 15), BURGLARY)
    transfer.contact(nov(12, 14, 5), "email", "I-247X", "transfer", reply_to="ice-response-center")
    yield transfer

    nothing_asked = register.booked(nov(11, 2, 20), nov(11, 4, 45), DRUNK_DRIVING)
    nothing_asked.contact(nov(12, 16, 40), "in_person", "I-205")
    nothing_asked.add_event(
        nov(12, 17, 30), "counsel.designated", {"deliver_to": "public-defender"}, "counsel named"
    )
    yield nothing_asked

    violent = register.booked(nov(10, 6, 10), nov(10, 8, 55), ROBBERY)
    violent.contact(nov(11, 22, 0), "phone", "I-247A", "release_date", "hold")
    violent.roles.add(Role.ACTIVE_ASSISTANCE)
    yield violent


def hold_requests(register: Register) -> Iterator[WeekendBooking]:
    """A request to hold changes neither bail nor the deadline."""
    bond = register.booked(nov(11, 15, 10), nov(11, 17, 5), BURGLARY)
    bond.contact(nov(11, 20, 0), "fax", "I-247D", "hold", reply_to="ice-response-center")
    bond.bail(nov(12, 9, 30), "bond")
    yield bond

    cash = register.booked(nov(12, 0, 40), nov(12, 3, 15), DRUNK_DRIVING)
    cash.contact(nov(12, 8, 10), "teletype", "I-247", "hold", "release_date")
    cash.bail(nov(12, 13, 20), "cash")
    yield cash

    stays = register.booked(nov(10, 21, 15), nov(11, 1, 50), THREATS)
    stays.contact(nov(12, 19, 0), "fax", "I-247A", "hold", "release_date", reply_to="ice-response-center")
    yield stays


def custody_requests(register: Register) -> Iterator[WeekendBooking]:
    """ICE may take custody until the deadline, and not after it."""
    in_time = register.booked(nov(10, 22, 40), nov(11, 0, 35), DRUG_SALE)
    in_time.contact(nov(12, 11, 0), "phone", "I-200", "transfer")
    in_time.request_custody(nov(13, 10, 0), "ICE at the counter, before the deadline: handed over")
    in_time.ending = "handed_over"
    in_time.note_close()
    yield in_time

    too_late = register.booked(nov(9, 19, 30), nov(9, 22, 5), VEHICLE_TAKING)
    too_late.request_custody(nov(13, 8, 0), "ICE at the counter, hours after the release: refused")
    too_late.roles.add(Role.TOO_LATE_AT_COUNTER)
    yield too_late


def contacts_about_the_gone(register: Register) -> Iterator[WeekendBooking]:
    """Contacts about people who have left custody, or leave it before the deadline in another way."""
    cited = register.booked(nov(11, 17, 5), nov(11, 18, 20), SHOPLIFTING)
    cited.order(nov(11, 22, 45), "citation")
    cited.contact(nov(12, 12, 0), "phone", "none", "release_date")
    cited.roles.add(Role.CONTACTED_AFTER_RELEASE)
    yield cited

    voided = register.booked(nov(11, 19, 40), nov(11, 21, 10), VANDALISM)
    voided.contact(nov(12, 9, 0), "teletype", "I-247", "release_date")
    voided.add_event(nov(12, 15, 0), "booking.voided", {"reason": "duplicate"}, "booking voided: a duplicate")
    voided.ending = "voided"
    voided.note_close()
    yield voided

    in_court = register.booked(nov(11, 23, 10), nov(12, 2, 0), BURGLARY)
    in_court.contact(nov(13, 9, 15), "email", "I-247N", "release_date")
    in_court.transfer(nov(14, 8, 0), "court")
    yield in_court

    early_bird = register.unreported(nov(12, 18, 20), nov(12, 20, 52), DRUNK_IN_PUBLIC)
    early_bird.contact(nov(12, 20, 58), "phone", "none", "release_date")
    early_bird.roles.add(Role.CONTACT_BEFORE_BOOKING)
    early_bird.book(nov(12, 21, 0))
    early_bird.order(nov(13, 11, 0), "own_recognizance")
    yield early_bird
