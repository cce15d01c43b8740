"""The port through which notices leave. Its adapters are in `sinks/`."""

from collections.abc import Sequence
from typing import Protocol

from events.outbound import Outbound


class Sink(Protocol):
    """Takes notices to one receiver."""

    def deliver(self, notices: Sequence[tuple[Outbound, bytes]]) -> None:
        """Deliver these, in order, each typed and as it stands in the outbox; return once they are safe.

        Raises:
            Exception: any failure; the whole batch is then delivered again later.
        """
