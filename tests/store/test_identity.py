"""A store remembers its number of shards and its key format, and refuses whoever does not fit."""

import json
from typing import Any

import pytest

from tests.support.bookings import PROFILE
from tests.support.worker_by_hand import Store
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store import identity
from worker.store.identity import ForeignStoreError
from worker.store.keys import Keys


def keys_of(shards: int) -> list[Keys]:
    return [Keys(number) for number in range(shards)]


def open_with(store: Store, shards: int) -> None:
    open_context(Settings(profile=PROFILE, shards=shards), store.url).client.close()


def stored(store: Store) -> dict[str, bytes]:
    found: Any = store.client.scan_iter()
    return {key.decode(): store.client.dump(key) for key in found}


def test_each_shard_is_marked_once_at_first_use(store: Store) -> None:
    open_with(store, 3)
    first = identity.read(store.client, keys_of(3))
    assert [mark.shards for mark in first if mark] == [3, 3, 3]
    assert len({mark.id for mark in first if mark}) == 3
    open_with(store, 3)
    assert identity.read(store.client, keys_of(3)) == first


@pytest.mark.parametrize("shards", [1, 2, 4, 8])
def test_another_number_of_shards_is_refused_and_nothing_is_written(store: Store, shards: int) -> None:
    open_with(store, 3)
    before = stored(store)
    with pytest.raises(ForeignStoreError, match=f"written with CUSTODY_SHARDS=3, and {shards}"):
        open_with(store, shards)
    assert stored(store) == before


def test_another_number_is_refused_even_where_the_first_shard_was_lost(store: Store) -> None:
    open_with(store, 3)
    store.client.delete(Keys(0).identity)
    with pytest.raises(ForeignStoreError, match="CUSTODY_SHARDS=3"):
        open_with(store, 2)
    assert not store.client.exists(Keys(0).identity)


def test_keys_of_another_version_are_refused(store: Store) -> None:
    later = {"id": "x", "shards": 1, "key_format": identity.KEY_FORMAT + 1, "another": True}
    store.client.set(Keys(0).identity, json.dumps(later))
    with pytest.raises(ForeignStoreError, match="format 2, and this version knows format 1"):
        open_with(store, 1)


@pytest.mark.parametrize("mark", ["", "{}", "garbage"])
def test_a_mark_that_cannot_be_read_is_refused(store: Store, mark: str) -> None:
    store.client.set(Keys(0).identity, mark)
    with pytest.raises(ForeignStoreError, match="cannot be read"):
        open_with(store, 1)


def test_of_two_processes_that_mark_an_empty_store_differently_the_second_is_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = identity.read

    def look_before_the_other_writes(*arguments: Any) -> Any:
        found = look(*arguments)
        monkeypatch.undo()
        open_with(store, 2)
        return found

    monkeypatch.setattr(identity, "read", look_before_the_other_writes)
    with pytest.raises(ForeignStoreError, match="CUSTODY_SHARDS=2"):
        identity.establish(store.client, keys_of(4))
    assert identity.read(store.client, keys_of(2))[1]
    assert not store.client.exists(Keys(2).identity, Keys(3).identity)
