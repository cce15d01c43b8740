"""The port through which notices leave. Its adapters are in `sinks/`; one suite tests them all."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from events.outbound import Outbound


class OutgoingNotice(Struct, frozen=True):
    """A notice to be sent.

    Attributes:
        outbox_id: its entry in the outbox.
        event: the notice, typed.
        raw: the notice as it is stored, which is what receivers are sent.
        attempt: 1 for the first.
    """

    outbox_id: str
    event: Outbound
    raw: bytes
    attempt: int


class Outcome(StrEnum):
    """What became of one attempt."""

    DELIVERED = "delivered"
    AGAIN = "again"
    """It was not taken, but may be later."""
    REFUSED = "refused"
    """It will never be taken: a dead letter."""
    GONE = "gone"
    """The receiver wants nothing any more: the sink is disabled."""


class Answer(Struct, frozen=True):
    """What a receiver answered.

    Attributes:
        detail: for a receipt and a person: a status or a kind of error, never what the receiver wrote.
        shortfall: of a delivered notice, what is missing all the same; a person must hear of it.
        retry_after_seconds: how long it asks to be left alone.
    """

    outcome: Outcome
    detail: str = ""
    shortfall: str = ""
    retry_after_seconds: float | None = None


class Sink(Protocol):
    """Sends notices to one receiver.

    Attributes:
        most_at_once: how many notices it may be given in one call.
        waits_out_failures: nothing is skipped while it fails, and it is tried again every second: for a file,
            or a server of the site's. Otherwise each notice has its own plan of attempts.
    """

    most_at_once: int
    waits_out_failures: bool

    def send(self, notices: Sequence[OutgoingNotice]) -> Answer:
        """Send these, in order, and return once the receiver has all of them, or none counts as delivered.

        Takes at most some 15 s. An exception counts as `AGAIN`.
        """
