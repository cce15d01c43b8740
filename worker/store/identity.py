"""What a store remembers about itself: a random id, its number of shards, the format of its keys.

Each shard carries the mark, since each may live on another server. It is written once, at first use. A
process that it does not fit refuses to start, before it writes anything. A mark that changes means that the
store was emptied or is another one, see worker/store/losses.py.
"""

import secrets
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from worker.store.connection import Client
from worker.store.keys import Keys
from worker.store.pipelining import ask

KEY_FORMAT: Final = 1
"""Raised with every change of the keys' names or types that an older version would misread."""


class Identity(msgspec.Struct, frozen=True):
    """The mark of one shard.

    Attributes:
        id: random; a shard that was emptied gets another.
        shards: how many shards the bookings are distributed over.
    """

    id: str
    shards: int
    key_format: int


class ForeignStoreError(RuntimeError):
    """The store was written with another number of shards, or by a version with other keys."""


def read(client: Client, every_keys: Sequence[Keys]) -> list[Identity | None]:
    """The mark of each shard; None where there is none yet.

    Args:
        every_keys: of all shards that this process works, from shard 0 on.

    Raises:
        ForeignStoreError: a mark does not fit this process.
    """
    marks = list(ask(client, [("GET", keys.identity) for keys in every_keys]))
    return [_fitting(mark, len(every_keys)) for mark in marks]


def establish(client: Client, every_keys: Sequence[Keys]) -> list[Identity]:
    """The mark of each shard; written where there is none, once all that there are fit.

    Raises:
        ForeignStoreError: a mark does not fit this process; nothing was written to that shard or a later one.
    """
    found = read(client, every_keys)
    # One after the other: of two that mark an empty store differently, the loser stops at shard 0.
    return [
        identity or _mark(client, keys, len(every_keys))
        for identity, keys in zip(found, every_keys, strict=True)
    ]


def _mark(client: Client, keys: Keys, shards: int) -> Identity:
    mine = Identity(secrets.token_hex(8), shards, KEY_FORMAT)
    earlier: Any = client.set(keys.identity, msgspec.json.encode(mine), nx=True, get=True)
    return _fitting(earlier, shards) or mine


def _fitting(mark: Any, shards: int) -> Identity | None:
    """A stored mark; None if there is none."""
    if mark is None:
        return None
    if isinstance(mark, Exception):
        raise mark
    try:
        identity = msgspec.json.decode(mark, type=Identity)
    except msgspec.DecodeError:
        raise ForeignStoreError(
            "the store's mark (key `{custody:…}:identity`) cannot be read: start the version that wrote it"
        ) from None
    if identity.key_format != KEY_FORMAT:
        raise ForeignStoreError(
            f"the store's keys are in format {identity.key_format}, and this version knows format "
            f"{KEY_FORMAT} only: start the version that wrote them"
        )
    if identity.shards != shards:
        raise ForeignStoreError(
            f"the store was written with CUSTODY_SHARDS={identity.shards}, and {shards} would miss bookings: "
            f"set CUSTODY_SHARDS={identity.shards}"
        )
    return identity
