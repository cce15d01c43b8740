"""A jail with something in every list of the board: more than a screen has room for."""

from datetime import timedelta
from typing import Final

from tests.support.bookings import bail_posted, booked, ice_contacted, now
from tests.support.live_worker import PATIENCE_SECONDS, becomes, state_of
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import put, rejected
from worker.store.context import Context

HELD: Final = 70
OVERDUE: Final = 14
RELEASED: Final = 14
STATION: Final = "Central"
"""Where most are, two of the overdue among them."""
CROWDED: Final = "Van Nuys"
"""Where the others are."""
ASKED_ABOUT: Final = "WKND-003"
"""A booking about which ICE has asked twice."""
GONE: Final = "R-1"
"""A booking that ended by bail, after ICE had asked."""

_MINUTE: Final = timedelta(minutes=1)


def fill(context: Context) -> None:
    """Put it in, and return when a running worker has worked all of it."""
    held = [
        booked(f"WKND-{number:03}", due_at=now() + (2 + number * 19) * _MINUTE, facility=STATION)
        for number in range(1, HELD + 1)
    ]
    overdue = [
        booked(
            f"L-{number}",
            due_at=now() - number * 17 * _MINUTE,
            facility=STATION if number <= 2 else CROWDED,
        )
        for number in range(1, OVERDUE + 1)
    ]
    released = [f"R-{number}" for number in range(1, RELEASED + 1)]
    asked = [*(f"WKND-{number:03}" for number in range(1, 13, 2)), ASKED_ABOUT, "L-1", *released[:4]]
    put(
        context,
        *held,
        *overdue,
        *(booked(booking, due_at=now() + 60 * _MINUTE, facility=STATION) for booking in released),
        *(
            ice_contacted(booking, now(), form="I-247D", requests=("hold", "release_date"))
            for booking in asked
        ),
        *(b"no event at all %d" % number for number in range(12)),
    )
    for booking in (f"WKND-{HELD:03}", *released):
        becomes(context, booking, "held")
    put(context, *(bail_posted(booking, now()) for booking in released))
    assert wait_until(
        lambda: all(state_of(context, booking) == "released" for booking in released), PATIENCE_SECONDS
    )
    assert wait_until(lambda: len(rejected(context)) >= 12, PATIENCE_SECONDS)
