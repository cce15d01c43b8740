"""A booking tracked from an hour after the arrest of `arrivals`, under the default profile."""

from datetime import datetime
from typing import Any

from events.testing import TrackedBooking, rules_of
from tests.support.arrivals import ARRESTED, HOUR, booked
from worker.custody.rules import Rules

PROFILES = ("lapd-2016-11", "ca-truth-2017", "ca-values-2018")


def tracked(rules: Rules | None = None, now: datetime = ARRESTED + HOUR) -> TrackedBooking:
    """A booking about which nothing is known yet."""
    return TrackedBooking(rules or rules_of(), now)


def held(profile: str = "lapd-2016-11", **facts: Any) -> TrackedBooking:
    """A booking that is held; any field of it may be given."""
    booking = tracked(rules_of(profile))
    booking.receive(booked(**facts))
    return booking
