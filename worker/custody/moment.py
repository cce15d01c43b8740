"""When a fact is judged, and when it arrived."""

from datetime import datetime

from msgspec import Struct


class Moment(Struct, frozen=True):
    """Both are the store's time, in UTC.

    Attributes:
        now: when the fact is judged.
        arrived_at: when its entry came into the inbox: never later than `now`.
        heard_at: when it was first accepted: earlier than `arrived_at` if the store had lost it and it is put
            in again.
    """

    now: datetime
    arrived_at: datetime
    heard_at: datetime
