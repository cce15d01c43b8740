"""Is the journal whole, and is every record what it says?"""

from worker.store import audit
from worker.store.audit import Audit
from worker.store.context import Context


def verify_journal(context: Context) -> Audit:
    """Check every shard; see `worker.store.audit.verify`."""
    whole = Audit()
    for shard in context.shards:
        checked = audit.verify(shard.client, shard.keys)
        whole.entries += checked.entries
        whole.bookings += checked.bookings
        whole.problems += checked.problems
    return whole
