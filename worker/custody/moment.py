"""When a fact is judged, and when it arrived."""

from datetime import datetime

from msgspec import Struct


class Moment(Struct, frozen=True):
    """Both are the store's time, in UTC.

    Attributes:
        now: when the fact is judged.
        arrived_at: when its entry came into the inbox: never later than `now`.
    """

    now: datetime
    arrived_at: datetime
