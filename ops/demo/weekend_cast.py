"""The bookings of the demo that each show one promise of the clock, with all that happens to them."""

from ops.demo import weekend_custody as custody
from ops.demo import weekend_ice as ice
from ops.demo.weekend_case import Case
from ops.demo.weekend_roster import Roster


def cast() -> list[Case]:
    """Every scene, numbered in the order in which they stand here."""
    roster = Roster()
    scenes = (
        ice.ask_and_are_told,
        ice.do_not_get_their_hold,
        ice.stand_at_the_counter,
        ice.are_told_that_it_is_over,
        custody.see_their_record_corrected,
        custody.have_other_authorities,
        custody.arrive_oddly,
        custody.end_otherwise,
    )
    return [case for scene in scenes for case in scene(roster)]
