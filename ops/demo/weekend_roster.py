"""Numbers for the scenes of the demo, and the moment in which the clock gets to know each booking."""

from datetime import datetime, timedelta
from itertools import count

from ops.demo.weekend_case import STARTS_AT, STATIONS, Case, Offense


class Roster:
    """Gives each case its number, a station, and a moment in which the clock gets to know it."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def case(self, arrested_at: datetime, booked_at: datetime, offense: Offense) -> Case:
        """A booking that the clock has not heard of yet."""
        number = next(self._numbers)
        handed_over_at = STARTS_AT + timedelta(minutes=1 + number % 45)
        return Case(
            booking=f"WKND-{number:03}",
            facility=STATIONS[number % len(STATIONS)],
            arrested_at=arrested_at,
            booked_at=booked_at,
            offense=offense,
            arrives_at=max(handed_over_at, booked_at + timedelta(minutes=2)),
        )

    def booked(self, arrested_at: datetime, booked_at: datetime, offense: Offense) -> Case:
        """The same, with its booking event."""
        case = self.case(arrested_at, booked_at, offense)
        case.book()
        return case
