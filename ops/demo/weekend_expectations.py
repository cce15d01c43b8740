"""The required results of the demo's weekend, worked out from its script and not from the clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from events.outbound import AlarmCode
from ops.demo.weekend_booking import Role, WeekendBooking
from ops.demo.weekend_deadline import expected_deadline


@dataclass(frozen=True)
class Expectations:
    """The required results of the weekend, by booking number."""

    bookings: frozenset[str]
    """Every booking that has a record at the end."""
    endings: Mapping[str, str]
    """The basis on which each was released or closed."""
    deadlines: Mapping[str, datetime]
    """The deadline of each person who must be released at it, and not a moment earlier."""
    contacted: frozenset[str]
    """ICE asked about these bookings and must be sent notices about them, and about no others."""
    hold_declined: frozenset[str]
    withdrawn: frozenset[str]
    """Closed, handed over or voided after a contact: ICE is sent a withdrawal of the date."""
    actively_assisted: frozenset[str]
    contacted_after_release: frozenset[str]
    contacted_before_booking: frozenset[str]
    handed_over: frozenset[str]
    too_late_at_counter: frozenset[str]
    later_deadline_refused: frozenset[str]
    booked_twice_alike: frozenset[str]
    booked_twice_differently: frozenset[str]
    departed_while_held: frozenset[str]
    late_on_arrival: frozenset[str]
    """Entitled to release before the clock heard of them: released immediately."""
    entitled_earlier: Mapping[str, datetime]
    """Released at the deadline, but entitled since bail that was reported only afterwards."""
    overstaying: frozenset[str]
    """Released and still in the building hours later: reported as overdue."""
    in_hospital: frozenset[str]
    warrant_checked: frozenset[str]
    """Checked against federal systems, which is not a contact by ICE."""
    remaining_authority: Mapping[str, frozenset[str]]
    """Holds of other authorities that the release order must name."""
    doubts: frozenset[tuple[AlarmCode, str]]
    """What can hardly be right and took effect: an alarm and the booking that it is about."""
    never_booked: frozenset[str]
    """Numbers with events but no booking: they raise the unknown-booking alarm."""
    rejected: Mapping[str, int]
    """How many events are rejected, by the contract's reason."""
    duplicates: int
    """How many events arrive a second time, byte for byte."""

    @property
    def not_contacted(self) -> frozenset[str]:
        """Bookings that ICE did not ask about, and about which it must be sent nothing."""
        return self.bookings - self.contacted


def expect(
    bookings: Sequence[WeekendBooking], never_booked: str, rejected: Mapping[str, int], duplicates: int
) -> Expectations:
    """The required results of a script with these bookings."""

    def with_role(role: Role) -> frozenset[str]:
        return frozenset(item.booking for item in bookings if role in item.roles)

    def ending_in(basis: str) -> frozenset[str]:
        return frozenset(item.booking for item in bookings if item.ending == basis)

    return Expectations(
        bookings=frozenset(item.booking for item in bookings),
        endings={item.booking: item.ending for item in bookings},
        deadlines=_deadlines(bookings),
        contacted=with_role(Role.CONTACTED),
        hold_declined=with_role(Role.HOLD_REQUESTED),
        withdrawn=with_role(Role.WITHDRAWN),
        actively_assisted=with_role(Role.ACTIVE_ASSISTANCE),
        contacted_after_release=with_role(Role.CONTACTED_AFTER_RELEASE),
        contacted_before_booking=with_role(Role.CONTACT_BEFORE_BOOKING),
        handed_over=ending_in("handed_over"),
        too_late_at_counter=with_role(Role.TOO_LATE_AT_COUNTER),
        later_deadline_refused=with_role(Role.LATER_DEADLINE_REFUSED),
        booked_twice_alike=with_role(Role.BOOKED_TWICE_ALIKE),
        booked_twice_differently=with_role(Role.BOOKED_TWICE_DIFFERENTLY),
        departed_while_held=with_role(Role.DEPARTED_WHILE_HELD),
        late_on_arrival=with_role(Role.LATE_ON_ARRIVAL),
        entitled_earlier={
            item.booking: item.entitled_earlier_at for item in bookings if item.entitled_earlier_at
        },
        overstaying=with_role(Role.OVERSTAYING),
        in_hospital=with_role(Role.IN_HOSPITAL),
        warrant_checked=with_role(Role.WARRANT_CHECKED),
        remaining_authority=_remaining_authority(bookings),
        doubts=frozenset((code, item.booking) for item in bookings for code in item.doubts),
        never_booked=frozenset({never_booked}),
        rejected=rejected,
        duplicates=duplicates,
    )


def _deadlines(bookings: Sequence[WeekendBooking]) -> dict[str, datetime]:
    staying = [item for item in bookings if item.ending == "deadline"]
    return {item.booking: expected_deadline(item.decisive_arrest_at) for item in staying}


def _remaining_authority(bookings: Sequence[WeekendBooking]) -> dict[str, frozenset[str]]:
    return {item.booking: frozenset(item.remaining_holds) for item in bookings if item.remaining_holds}
