"""The inbox, read by a consumer group, so that another worker takes over what a dead one held."""

from typing import Any, Final

from worker.store.connection import Client
from worker.store.inbox_reader import EVENT_FIELD, InboxReader, ensure_group
from worker.store.keys import INBOX_GROUP, Keys
from worker.store.streams import entries_of_range

PACEMAKER_SUFFIX: Final = ".pacemaker"
"""Ends the consumer name of a pacemaker, which works the inbox only if no task does."""

# In one step: with a consumer that read something meanwhile, what it holds would be forgotten as well.
_FORGET_IDLE: Final = """
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local is = {}
  for at = 1, #consumer, 2 do is[consumer[at]] = consumer[at + 1] end
  if is.pending == 0 and is.idle > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], is.name)
  end
end
"""


class Inbox:
    """One shard's inbox, read under one consumer name."""

    def __init__(self, client: Client, keys: Keys, consumer: str) -> None:
        self._client = client
        self._keys = keys
        self._consumer = consumer

    def ensure_group(self) -> None:
        """Create the consumer group, reading from the beginning, unless it exists."""
        ensure_group(self._client, self._keys.inbox)

    def reader(self) -> InboxReader:
        """An attempt to be this inbox's reader."""
        return InboxReader(self._client, self._keys, self._consumer)

    def look_before(self, last_id_ms: int, limit: int) -> list[tuple[int, bytes]] | None:
        """The unsettled entries with an id up to this Unix ms: the ms of each, and its event.

        None if there are more than `limit`.
        """
        found = entries_of_range(self._client.xrange(self._keys.inbox, max=last_id_ms, count=limit + 1))
        if len(found) > limit:
            return None
        return [(int(id_.split(b"-")[0]), fields.get(EVENT_FIELD, b"")) for id_, fields in found]

    def oldest_id(self) -> str | None:
        """The id of the oldest unsettled entry; None if there is none."""
        oldest = entries_of_range(self._client.xrange(self._keys.inbox, count=1))
        return oldest[0][0].decode() if oldest else None

    def deliveries_of(self, id_: str) -> int:
        """How often an unsettled entry has been delivered to a worker."""
        pending: Any = self._client.xpending_range(self._keys.inbox, INBOX_GROUP, id_, id_, 1)
        return int(pending[0]["times_delivered"]) if pending else 0

    def waiting(self) -> int:
        """How many entries are unsettled, read or not."""
        return int(self._client.xlen(self._keys.inbox))

    def stalled_id(self, idle_ms: int) -> str | None:
        """The id of the oldest unsettled entry; None if it has not waited this long, or somebody reads."""
        oldest = self.oldest_id()
        if oldest is None or self._client.exists(self._keys.reader):
            return None
        now_seconds, _ = self._client.time()
        return oldest if now_seconds * 1000 - int(oldest.split("-")[0]) >= idle_ms else None

    def forget_idle_consumers(self, idle_ms: int) -> None:
        """Delete consumer names of workers long gone that hold nothing."""
        self._client.eval(_FORGET_IDLE, 1, self._keys.inbox, INBOX_GROUP, idle_ms)
