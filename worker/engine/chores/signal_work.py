"""Signals that events or notices wait. Releases go before notices."""

import math
import time
from typing import Final

from worker.engine import intake
from worker.engine.chores.chore import harmless
from worker.engine.signals import Signal, Signals
from worker.store import outbox
from worker.store.context import Context

GAP_SECONDS: Final = 0.05
NOTICES_GAP_SECONDS: Final = 1.0
"""Each delivery to a file fsyncs and may hold up releases: deliver rarely, in bulk."""


class SignalWork:
    """Says what waits, at most every 50 ms.

    Attributes:
        intake_is_busy: whether a full batch of events waited at the last look.
    """

    def __init__(self, signals: Signals) -> None:
        self.intake_is_busy = False
        self._signals = signals
        self._newest: dict[int, str] = {}
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
        with harmless("SignalWork"):
            self._signal_intake(context)
            if with_notices and now - self._notices_signalled_at >= NOTICES_GAP_SECONDS:
                self._notices_signalled_at = now
                self._signal_notices(context)
        return GAP_SECONDS if self.intake_is_busy else math.inf

    def _signal_notices(self, context: Context) -> None:
        """Say once that there is something new: the notifier finds the rest by itself."""
        for shard in context.shards:
            newest = outbox.newest_id(shard.client, shard.keys)
            if newest != self._newest.get(shard.keys.shard):
                self._newest[shard.keys.shard] = newest
                self._signals.send(Signal.DELIVER_NOTICES, shard.keys.shard)

    def _signal_intake(self, context: Context) -> None:
        self.intake_is_busy = False
        for shard in context.shards:
            waiting = shard.inbox.waiting()
            self.intake_is_busy |= waiting >= intake.BATCH
            if waiting:
                self._signals.send(Signal.DRAIN_INBOX, shard.keys.shard)
