"""The inbox, read by a consumer group, so that another worker takes over what a dead one held."""

from typing import Any, Final

from events.envelope import MAX_EVENT_BYTES
from worker.store.batch_size import BatchSize
from worker.store.connection import Client
from worker.store.inbox_reader import LEASE_MS, InboxReader, ensure_group
from worker.store.keys import INBOX_GROUP, Keys
from worker.store.lease import Observed
from worker.store.streams import entries_of_range

PACEMAKER_SUFFIX: Final = ".pacemaker"
"""Ends the consumer name of a pacemaker, which works the inbox only if no task does."""

_MOST_LOOKED_AT: Final = 64 * 1024 * 1024
"""Bytes of events."""

_MOST_SHARDS: Final = 64
"""That an upstream may count with by mistake."""

READ_AT_ONCE: Final = 400
"""A batch of 200 takes in 10 % fewer events per second."""

# One entry at a time, since any may have 60 MB.
_LOOK: Final = """
local found, start, bytes = {}, '-', 0
while true do
  local entry = redis.call('XRANGE', KEYS[1], start, ARGV[1], 'COUNT', 1)[1]
  if not entry then return found end
  if #found == 2 * ARGV[2] or bytes > tonumber(ARGV[3]) then return end
  local event = ''
  for at = 1, #entry[2], 2 do if entry[2][at] == 'event' then event = entry[2][at + 1] end end
  bytes = bytes + #event
  found[#found + 1], found[#found + 2] = entry[1], string.sub(event, 1, ARGV[4])
  start = '(' .. entry[1]
end
"""

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
    """One shard's inbox, read under one consumer name.

    Attributes:
        batch_size: how many entries this process should read at once.
    """

    def __init__(self, client: Client, keys: Keys, consumer: str) -> None:
        self._client = client
        self._keys = keys
        self._consumer = consumer
        self._observed = Observed(LEASE_MS / 1000)
        self.batch_size = BatchSize(READ_AT_ONCE)

    def ensure_group(self) -> None:
        """Create the consumer group, reading from the beginning, unless it exists."""
        ensure_group(self._client, self._keys.inbox)

    def reader(self) -> InboxReader:
        """An attempt to be this inbox's reader."""
        return InboxReader(self._client, self._keys, self._consumer, self._observed)

    def look_before(self, last_id_ms: int, limit: int) -> list[tuple[int, bytes]] | None:
        """The unsettled entries with an id up to this Unix ms: the ms of each, and its event's beginning.

        None if there are more than `limit`, or too much in them.
        """
        arguments = (last_id_ms, limit, _MOST_LOOKED_AT, MAX_EVENT_BYTES + 1)
        found: Any = self._client.eval(_LOOK, 1, self._keys.inbox, *arguments)
        if found is None:
            return None
        return [(int(id_.split(b"-")[0]), event) for id_, event in zip(found[::2], found[1::2], strict=True)]

    def oldest_id(self) -> str | None:
        """The id of the oldest unsettled entry; None if there is none."""
        oldest = entries_of_range(self._client.xrange(self._keys.inbox, count=1))
        return oldest[0][0].decode() if oldest else None

    def deliveries_of(self, id_: str) -> int:
        """How often an unsettled entry has been delivered to a worker."""
        pending: Any = self._client.xpending_range(self._keys.inbox, INBOX_GROUP, id_, id_, 1)
        return int(pending[0]["times_delivered"]) if pending else 0

    def is_read(self) -> bool:
        """Whether a worker is reading it, or was seconds ago."""
        return bool(self._client.exists(self._keys.reader))

    def waiting(self) -> int:
        """How many entries are unsettled, read or not."""
        return int(self._client.xlen(self._keys.inbox))

    def forget_idle_consumers(self, idle_ms: int) -> None:
        """Delete consumer names of workers long gone that hold nothing."""
        self._client.eval(_FORGET_IDLE, 1, self._keys.inbox, INBOX_GROUP, idle_ms)


def unread_inboxes(client: Client, shards: int) -> list[str]:
    """The inboxes behind the last of so many shards that something is in: upstream counts with more."""
    names = [Keys(number).inbox for number in range(shards, _MOST_SHARDS)]
    pipeline: Any = client.pipeline(transaction=False)
    for name in names:
        pipeline.exists(name)
    return [name for name, is_there in zip(names, pipeline.execute(), strict=True) if is_there]
