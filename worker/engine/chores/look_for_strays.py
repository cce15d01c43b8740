"""Watches that upstream puts events only where somebody reads them."""

from worker.engine.alarms import raise_alarm
from worker.store.context import Context
from worker.store.inbox import unread_inboxes


class LookForStrays:
    """Alarms the watch about events of shards that this installation does not have."""

    interval_seconds = 30.0

    def do(self, context: Context) -> None:
        """Look into the inboxes behind the last shard."""
        shards = len(context.shards)
        if strays := unread_inboxes(context.client, shards):
            raise_alarm(
                context.shards[0],
                "intake_stalled",
                f"events are in {', '.join(strays)}, which nobody reads with CUSTODY_SHARDS={shards}: "
                "correct the number of shards upstream, send these events again, then delete the key",
                context.clock.now(),
                once="strays",
            )
