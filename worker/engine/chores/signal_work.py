"""Signals that events or notices wait. Releases go before notices."""

import math
import time
from typing import Final

from worker.engine import intake
from worker.engine.signals import Signal, Signals
from worker.store.context import Context

GAP_SECONDS: Final = 0.05
NOTICES_GAP_SECONDS: Final = 1.0
"""Each delivery fsyncs and blocks releases: deliver rarely, in bulk."""


class SignalWork:
    """Says what waits, at most every 50 ms.

    Attributes:
        intake_is_busy: whether a full batch of events waited at the last look.
    """

    def __init__(self, signals: Signals) -> None:
        self.intake_is_busy = False
        self._signals = signals
        self._signalled_at = -math.inf
        self._notices_signalled_at = -math.inf

    def do(self, context: Context, *, with_notices: bool) -> float:
        """Signal what waits, unless that was done just now.

        Returns:
            Real seconds until it should be asked again; infinite if it need not be until something arrives.
        """
        now = time.monotonic()
        wait = self._signalled_at + GAP_SECONDS - now
        if wait > 0:
            return wait
        self._signalled_at = now
        self._signal_intake(context)
        if with_notices and now - self._notices_signalled_at >= NOTICES_GAP_SECONDS:
            self._notices_signalled_at = now
            for shard in context.shards:
                if shard.outbox.oldest_waiting() is not None:
                    self._signals.send(Signal.DELIVER_NOTICES, shard.keys.shard)
        return GAP_SECONDS if self.intake_is_busy else math.inf

    def _signal_intake(self, context: Context) -> None:
        self.intake_is_busy = False
        for shard in context.shards:
            waiting = shard.inbox.waiting()
            self.intake_is_busy |= waiting >= intake.BATCH
            if waiting:
                self._signals.send(Signal.DRAIN_INBOX, shard.keys.shard)
