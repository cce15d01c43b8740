"""Numbers the bookings of the demo's scenes, and sets when the clock first hears of each."""

from datetime import datetime, timedelta
from itertools import count

from ops.demo.weekend_booking import STATIONS, Offense, WeekendBooking
from ops.demo.weekend_events import STARTS_AT


class Register:
    """Gives each booking its number, its station, and the time at which its event arrives."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def unreported(self, arrested_at: datetime, booked_at: datetime, offense: Offense) -> WeekendBooking:
        """A booking whose event has not been sent yet."""
        number = next(self._numbers)
        first_sent_at = STARTS_AT + timedelta(minutes=1 + number % 45)
        return WeekendBooking(
            booking=f"WKND-{number:03}",
            facility=STATIONS[number % len(STATIONS)],
            arrested_at=arrested_at,
            booked_at=booked_at,
            offense=offense,
            arrives_at=max(first_sent_at, booked_at + timedelta(minutes=2)),
        )

    def booked(self, arrested_at: datetime, booked_at: datetime, offense: Offense) -> WeekendBooking:
        """A booking with its booking event."""
        booking = self.unreported(arrested_at, booked_at, offense)
        booking.book()
        return booking
