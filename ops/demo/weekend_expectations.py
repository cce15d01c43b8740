"""What must be true when the demo's weekend is over, worked out from its script and not from the clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ops.demo.weekend_case import Case, Role
from ops.demo.weekend_deadline import expected_deadline


@dataclass(frozen=True)
class Expectations:
    """What must be true when the weekend is over, by booking number."""

    bookings: frozenset[str]
    """Every number that has a record in the end."""
    endings: Mapping[str, str]
    """The basis on which each was released or closed."""
    deadlines: Mapping[str, datetime]
    """When each of those who go at their deadline must go; not a moment earlier."""
    contacted: frozenset[str]
    """ICE asked about these and must be told; about no other."""
    hold_declined: frozenset[str]
    withdrawn: frozenset[str]
    """Closed (handed over too) or voided after a contact: ICE is told that the date no longer stands."""
    actively_assisted: frozenset[str]
    told_after_release: frozenset[str]
    contacted_before_booking: frozenset[str]
    handed_over: frozenset[str]
    too_late_at_counter: frozenset[str]
    later_deadline_refused: frozenset[str]
    booked_twice_alike: frozenset[str]
    booked_twice_differently: frozenset[str]
    departed_while_held: frozenset[str]
    late_on_arrival: frozenset[str]
    """Entitled before the clock heard of them: released at once."""
    entitled_earlier: Mapping[str, datetime]
    """Released at the deadline, entitled at a bail that became known afterwards."""
    overstaying: frozenset[str]
    """Released and still in the building for hours: the overdue alarm."""
    in_hospital: frozenset[str]
    warrant_checked: frozenset[str]
    """Checked against federal systems, which by itself is no contact."""
    remaining_authority: Mapping[str, frozenset[str]]
    """Holds of other authorities that the release order must name."""
    never_booked: frozenset[str]
    """Numbers that somebody spoke of and nobody booked: the unknown-booking alarm."""
    rejected: Mapping[str, int]
    """How many events are refused, by the contract's reason."""
    duplicates: int
    """Events that arrive a second time, word for word."""

    @property
    def not_contacted(self) -> frozenset[str]:
        """Nobody at ICE asked about these, and ICE must not hear of them."""
        return self.bookings - self.contacted


def expect(
    cases: Sequence[Case], never_booked: str, rejected: Mapping[str, int], duplicates: int
) -> Expectations:
    """What the script of these cases must lead to."""

    def playing(role: Role) -> frozenset[str]:
        return frozenset(case.booking for case in cases if role in case.roles)

    def ending_in(basis: str) -> frozenset[str]:
        return frozenset(case.booking for case in cases if case.ending == basis)

    return Expectations(
        bookings=frozenset(case.booking for case in cases),
        endings={case.booking: case.ending for case in cases},
        deadlines=_deadlines(cases),
        contacted=playing(Role.CONTACTED),
        hold_declined=playing(Role.HOLD_ASKED),
        withdrawn=playing(Role.WITHDRAWN),
        actively_assisted=playing(Role.ACTIVE_ASSISTANCE),
        told_after_release=playing(Role.TOLD_AFTER_RELEASE),
        contacted_before_booking=playing(Role.CONTACT_BEFORE_BOOKING),
        handed_over=ending_in("handed_over"),
        too_late_at_counter=playing(Role.TOO_LATE_AT_COUNTER),
        later_deadline_refused=playing(Role.LATER_DEADLINE_REFUSED),
        booked_twice_alike=playing(Role.BOOKED_TWICE_ALIKE),
        booked_twice_differently=playing(Role.BOOKED_TWICE_DIFFERENTLY),
        departed_while_held=playing(Role.DEPARTED_WHILE_HELD),
        late_on_arrival=playing(Role.LATE_ON_ARRIVAL),
        entitled_earlier={
            case.booking: case.entitled_earlier_at for case in cases if case.entitled_earlier_at
        },
        overstaying=playing(Role.OVERSTAYING),
        in_hospital=playing(Role.IN_HOSPITAL),
        warrant_checked=playing(Role.WARRANT_CHECKED),
        remaining_authority=_remaining_authority(cases),
        never_booked=frozenset({never_booked}),
        rejected=rejected,
        duplicates=duplicates,
    )


def _deadlines(cases: Sequence[Case]) -> dict[str, datetime]:
    staying = [case for case in cases if case.ending == "deadline"]
    return {case.booking: expected_deadline(case.decisive_arrest_at) for case in staying}


def _remaining_authority(cases: Sequence[Case]) -> dict[str, frozenset[str]]:
    return {case.booking: frozenset(case.remaining_holds) for case in cases if case.remaining_holds}
