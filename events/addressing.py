"""Where the events of a booking go: its shard, and the key of that shard's inbox."""

from typing import Final
from zlib import crc32

NAMESPACE: Final = "custody"


def shard_of(booking: str, shards: int) -> int:
    """The shard that a booking lives on: CRC-32 of its number in UTF-8, modulo the number of shards."""
    return crc32(booking.encode()) % shards


def shard_key(shard: int, name: str) -> str:
    """A key of one shard; the braces (a hash tag) keep a shard's keys on one node of a cluster."""
    return f"{{{NAMESPACE}:{shard}}}:{name}"


def inbox_key(shard: int = 0) -> str:
    """The key of the stream into which upstream systems put events, each entry with one field, `event`."""
    return shard_key(shard, "inbox")
