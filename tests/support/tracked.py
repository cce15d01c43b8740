"""A tracked booking that begins an hour after the arrest of `arrivals`, under the default profile."""

from datetime import datetime

from events.testing import TrackedBooking, rules_of
from tests.support.arrivals import ARRESTED, HOUR
from worker.custody.rules import Rules

PROFILES = ("lapd-2016-11", "ca-truth-2017", "ca-values-2018")


def tracked(rules: Rules | None = None, now: datetime = ARRESTED + HOUR) -> TrackedBooking:
    """A booking of which nothing is known yet."""
    return TrackedBooking(rules or rules_of(), now)
