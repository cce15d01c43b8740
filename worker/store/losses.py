"""What a shard has lost, until a person accepts that it is gone: records, or unsettled inbox entries.

A store cannot say that it was emptied, so every worker remembers the store's id, in memory and under its data
directory, and misses it.
"""

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

import msgspec

from worker.store.connection import Client
from worker.store.identity import Identity
from worker.store.keys import Keys
from worker.store.unix_ms import from_time, to_ms

STORE_ID_FILE: Final = "store-id"

LossCode: TypeAlias = Literal["records_vanished", "events_lost"]
LOSS_CODES: Final[tuple[LossCode, ...]] = get_args(LossCode)

_COUNT: Final = files("worker.store").joinpath("count_losses.lua").read_text()


class Loss(msgspec.Struct, frozen=True):
    """Something lost from one shard.

    Attributes:
        id: of a store that is gone, or `events-` or `records-` and when they were missed.
        code: of the alarm about it.
        noticed_at_ms: the store's time, Unix ms.
        count: how many inbox entries, or single records, are lost; None if unknown.
        bookings: whose records, the first few.
        accepted_by: who has dealt with it.
    """

    id: str
    code: LossCode
    noticed_at_ms: int
    count: int | None = None
    bookings: tuple[str, ...] = ()
    accepted_by: str | None = None

    def describe(self) -> str:
        """What is lost and what to do, in one line."""
        then = f"then `custody losses accept {self.id} --by NAME`"
        if self.bookings:
            return (
                f"records deleted: {self.count}, among them {', '.join(self.bookings)}; nobody releases "
                f"these people: compare the roster, let upstream send again all about them, {then}"
            )
        if self.code == "records_vanished":
            return (
                f"store {self.id} is gone: it was emptied, its volume is lost, or another one is connected; "
                f"nobody it held has a clock: compare the roster, restore or let upstream send again, {then}"
            )
        count = "the whole inbox was" if self.count is None else f"inbox entries ({self.count}) were"
        return f"{count} deleted before they were worked: ask upstream to send again, {then}"


class RememberedIds:
    """The id of each shard's store that this installation has worked, in memory and in a file."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / STORE_ID_FILE
        self._ids = self._read()

    def of(self, keys: Keys) -> str | None:
        """The id of this shard's store; None if none was ever seen."""
        return self._ids.get(str(keys.shard))

    def remember(self, keys: Keys, id_: str) -> None:
        """Remember from now on that this is the shard's store.

        Raises:
            OSError: only this process remembers, since the file cannot be written.
        """
        self._ids[str(keys.shard)] = id_
        unfinished = self._path.with_name(f"{STORE_ID_FILE}.{os.getpid()}")
        unfinished.write_bytes(msgspec.json.encode(self._ids) + b"\n")
        unfinished.replace(self._path)

    def _read(self) -> dict[str, str]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, str])
        except (OSError, msgspec.DecodeError):
            return {}


def missed_store(client: Client, keys: Keys, remembered: str | None, present: Identity | None) -> Loss | None:
    """The loss of the remembered store if another is present, or none; None if a person has accepted it."""
    if remembered is None or (present and present.id == remembered):
        return None
    known = [loss for loss in every(client, keys) if loss.id == remembered]
    if known:
        return None if known[0].accepted_by else known[0]
    return Loss(remembered, "records_vanished", to_ms(from_time(*client.time())))


def record(client: Client, keys: Keys, loss: Loss) -> None:
    """Keep a loss until a person accepts it, unless it is kept already."""
    client.hsetnx(keys.losses, loss.id, msgspec.json.encode(loss))


def count(client: Client, keys: Keys) -> None:
    """Record as a loss what was deleted from the inbox unsettled since the last count."""
    client.eval(_COUNT, 3, keys.inbox, keys.settled, keys.losses)


def every(client: Client, keys: Keys) -> Iterator[Loss]:
    """All losses of a shard, in no order."""
    kept: Any = client.hvals(keys.losses)
    return (msgspec.json.decode(document, type=Loss) for document in kept)


def unaccepted(client: Client, keys: Keys) -> list[Loss]:
    """The losses of a shard that wait for a person, oldest first."""
    waiting = [loss for loss in every(client, keys) if loss.accepted_by is None]
    return sorted(waiting, key=lambda loss: loss.noticed_at_ms)


def accept(client: Client, keys: Keys, loss: Loss, by: str) -> None:
    """A person has dealt with a loss."""
    accepted = msgspec.structs.replace(loss, accepted_by=by)
    client.hset(keys.losses, loss.id, msgspec.json.encode(accepted))
