"""Keeps the profiles that records were booked under in the store."""

from worker.engine.alarms import raise_alarm
from worker.store.context import Context


class KeepProfiles:
    """Mends the stored profiles by those that this process knows, and alarms the watch about the others."""

    interval_seconds = 60.0

    def do(self, context: Context) -> None:
        """Compare both."""
        for fingerprint in context.rules_by_record.mend():
            raise_alarm(
                context.shards[0],
                "profile_missing",
                f"the profile {fingerprint}, under which bookings were made, is missing from the store or "
                "damaged: restore the store's `profiles` key; releases go on, see the runbook",
                context.clock.now(),
                once=fingerprint,
            )
