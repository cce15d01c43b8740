"""Keeps the store usable for the service where another program has written into it."""

from worker.engine.alarms import raise_alarm
from worker.store.context import Context


class Mend:
    """Sets keys of the wrong type aside, and alarms the watch until a person has removed them."""

    interval_seconds = 1.0

    def do(self, context: Context) -> None:
        """Mend every shard."""
        for shard in context.shards:
            for key in shard.mend():
                detail = f"{key}: another program had overwritten this key; the service uses a new one"
                raise_alarm(shard, "key_set_aside", detail, context.clock.now(), once=key)
