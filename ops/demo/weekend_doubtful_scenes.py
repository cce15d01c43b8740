"""The demo's scenes of doubt: what can hardly be right takes effect, and the watch is alarmed."""

from collections.abc import Iterator
from datetime import timedelta

from ops.demo.weekend_booking import WeekendBooking
from ops.demo.weekend_events import nov
from ops.demo.weekend_offenses import BURGLARY, DRUG_SALE, THREATS
from ops.demo.weekend_register import Register


def doubtful_reports(register: Register) -> Iterator[WeekendBooking]:
    """Bail at times that cannot be, and words and fields that the contract does not have."""
    before_arrest = register.booked(nov(10, 15, 0), nov(10, 17, 30), THREATS)
    before_arrest.bail(
        nov(12, 8), posted_at=before_arrest.arrested_at - timedelta(hours=5), note="bail before the arrest"
    )
    before_arrest.doubts.add("time_doubtful")
    yield before_arrest

    next_month = register.booked(nov(10, 16, 10), nov(10, 18, 0), DRUG_SALE)
    next_month.bail(nov(12, 1), posted_at=nov(12, 1) + timedelta(days=30), note="bail next month")
    next_month.doubts.add("time_doubtful")
    yield next_month

    misreported = register.booked(nov(10, 19, 0), nov(10, 21, 15), BURGLARY)
    birthplace = {"facility": "Hollywood", "reason": "clerical_error", "birthplace": "x"}
    misreported.add_event(nov(12, 2, 10), "booking.amended", birthplace, "a field for the birthplace")
    to_ice = {"transferred_at": nov(12, 6).isoformat(), "to": "ice"}
    misreported.add_event(nov(12, 6), "person.transferred", to_ice, "a transfer to ICE")
    misreported.doubts |= {"field_removed", "word_unknown"}
    yield misreported
