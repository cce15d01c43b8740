"""The port through which the pacemaker says that there is work. Its adapter is Celery's, in `worker/host`."""

from enum import StrEnum
from typing import Final, Protocol

WORK_QUEUE: Final = "custody"
NOTICES_QUEUE: Final = "custody-notices"


class Signal(StrEnum):
    """What a signal says: that there is work of this kind, never what it is. Named as the Celery task."""

    DRAIN_INBOX = "custody.drain_inbox"
    FIRE_DUE = "custody.fire_due"
    DELIVER_NOTICES = "custody.deliver_notices"

    @property
    def queue(self) -> str:
        """The broker's queue that it travels by: the notifier reads one, workers the other."""
        return NOTICES_QUEUE if self is Signal.DELIVER_NOTICES else WORK_QUEUE


class Signals(Protocol):
    """Wakes other processes. No deadline depends on it: a signal may be lost, late or repeated."""

    def send(self, signal: Signal, shard: int, helper: int = 0) -> None:
        """Send soon. Never blocks, never fails.

        Args:
            helper: tells signals apart that should wake several processes for the same shard.
        """
