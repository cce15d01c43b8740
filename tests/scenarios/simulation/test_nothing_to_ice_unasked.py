"""No sink of ICE gets a byte about a booking that ICE did not ask about, under any profile."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from events.inbound import BookingRenumbered
from events.testing import rules_of
from tests.support.arrivals import ice_contact
from tests.support.event_scripts import Script, scripts, scripts_with_new_numbers
from tests.support.script_player import ScriptPlayer
from tests.support.tracked import PROFILES, held
from worker.delivery.routing import AUDIENCES, FileSettings, Routing

ICE_ROUTES = ("ero-la", "ero-sd")
COUNSEL = "public-defender"
ICE_SINKS = frozenset({"ice", *ICE_ROUTES})
ASKS = frozenset({"custody.ice.contacted.v1", "custody.ice.custody_requested.v1"})


def routing_with(*routes: str) -> Routing:
    """Each audience has its own sink, and so has each of these routes; any other alias is unknown."""
    return Routing(
        {name: FileSettings(kind="file", path=Path(name)) for name in (*AUDIENCES, *routes)},
        {audience: (audience,) for audience in AUDIENCES},
        {route: (route,) for route in routes},
    )


ROUTINGS = (routing_with(*ICE_ROUTES, COUNSEL), routing_with(ICE_ROUTES[0], COUNSEL), routing_with())


class IceWatch(ScriptPlayer):
    """After every step, looks at what the sinks of ICE have been sent."""

    def check(self) -> None:
        asked = self.asked_about()
        for twins in self.bookings.values():
            for notice in twins.with_ice.outbound:
                is_for_ice = notice.audience == "ice"
                assert not is_for_ice or notice.subject in asked, notice
                for routing in ROUTINGS:
                    sinks = routing.address(notice).sinks
                    assert bool(ICE_SINKS.intersection(sinks)) == is_for_ice, (notice, sinks)
            for notice in twins.without_ice.outbound:
                assert not any(ICE_SINKS.intersection(one.address(notice).sinks) for one in ROUTINGS)

    def asked_about(self) -> set[str]:
        """The bookings that ICE has asked about, and the numbers that they were given since."""
        events = [fact.event for fact in self.history]
        asked = {event.subject for event in events if event.type in ASKS}
        renumbered = [event for event in events if isinstance(event, BookingRenumbered)]
        for _ in renumbered:
            asked |= {event.data.new_number for event in renumbered if event.subject in asked}
        return asked


@pytest.mark.parametrize("profile", PROFILES)
@given(script=scripts)
@settings(max_examples=100, deadline=None)
def test_ice_gets_nothing_unasked(profile: str, script: Script) -> None:
    IceWatch.play(script, rules_of(profile))


@pytest.mark.parametrize("profile", PROFILES)
@given(script=scripts_with_new_numbers)
@settings(max_examples=100, deadline=None)
def test_ice_gets_nothing_unasked_when_bookings_are_renumbered(profile: str, script: Script) -> None:
    IceWatch.play(script, rules_of(profile))


@pytest.mark.parametrize("profile", PROFILES)
def test_once_it_asks_its_sink_is_reached(profile: str) -> None:
    """Else the tests above would hold of a clock that says nothing to anybody."""
    booking = held(profile)
    booking.receive(ice_contact())
    [answer, *_] = [notice for notice in booking.outbound if notice.audience == "ice"]
    assert all(ICE_SINKS.intersection(routing.address(answer).sinks) for routing in ROUTINGS)
