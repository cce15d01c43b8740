"""The bookings of the demo that each show one promise of the clock, with all their events."""

from ops.demo import weekend_custody_scenes as custody
from ops.demo import weekend_doubtful_scenes as doubtful
from ops.demo import weekend_ice_scenes as ice
from ops.demo.weekend_booking import WeekendBooking
from ops.demo.weekend_register import Register


def all_scenes() -> list[WeekendBooking]:
    """The bookings of every scene, numbered in the order in which the scenes are listed here."""
    register = Register()
    scenes = (
        ice.date_requests,
        ice.hold_requests,
        ice.custody_requests,
        ice.contacts_about_the_gone,
        custody.corrections,
        custody.other_authorities,
        custody.odd_arrivals,
        custody.other_endings,
        doubtful.doubtful_reports,
    )
    return [booking for scene in scenes for booking in scene(register)]
