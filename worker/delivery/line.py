"""What waits for one sink, in memory: per booking, in the outbox's order."""

from collections.abc import Iterator

from msgspec.structs import replace

from events.outbound import Outbound
from worker.delivery.sink import OutgoingNotice
from worker.store.sink_queue import Waiting


class Line:
    """Only the first notice of a booking may be tried; those behind it wait for it."""

    def __init__(self) -> None:
        self._of_booking: dict[str, dict[str, tuple[OutgoingNotice, Waiting]]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._of_booking.values()))

    def add(self, notice: OutgoingNotice, state: Waiting) -> None:
        """Put a notice behind those about the same booking, or give one that is there its new state."""
        mine = replace(notice, attempt=state.attempts + 1)
        self._of_booking.setdefault(notice.event.subject, {})[notice.outbox_id] = (mine, state)

    def remove(self, notice: OutgoingNotice) -> None:
        """Take a notice that is dealt with off the line."""
        of_booking = self._of_booking[notice.event.subject]
        del of_booking[notice.outbox_id]
        if not of_booking:
            del self._of_booking[notice.event.subject]

    def bookings(self) -> list[str]:
        """The bookings that something waits for."""
        return list(self._of_booking)

    def first_of(self, booking: str) -> tuple[OutgoingNotice, Waiting] | tuple[None, None]:
        """The first notice that waits for this booking."""
        return next(iter(self._of_booking.get(booking, {}).values()), (None, None))

    def later_than(self, notice: OutgoingNotice) -> Iterator[Outbound]:
        """What waits behind this notice for the same booking."""
        behind = iter(self._of_booking[notice.event.subject].values())
        next(behind)
        return (later.event for later, _ in behind)
