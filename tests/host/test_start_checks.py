"""What a worker looks at before it starts: an unsafe store is refused, one that is down is waited for."""

from pathlib import Path
from typing import Any, cast

import pytest
import redis
from structlog.testing import capture_logs

from tests.support.store_settings import configured, forbidden, replica
from tests.support.terminal import custody_process
from tests.support.worker_by_hand import Store
from worker.host import start_checks
from worker.host.start_checks import (
    UnfitHostError,
    UnsafeStoreError,
    refuse_host_without_pool,
    refuse_unsafe_store,
)
from worker.settings import Settings
from worker.store.connection import Client

UNSAFE = [
    ("appendonly", "no", "persistence"),
    ("appendfsync", "everysec", "durability"),
    ("maxmemory-policy", "allkeys-lru", "eviction"),
]


def test_a_good_store_is_taken_without_a_word(store: Store) -> None:
    with capture_logs() as logged:
        refuse_unsafe_store(Settings(), store.url)
    assert logged == []


@pytest.mark.parametrize(("setting", "value", "check"), UNSAFE)
def test_an_unsafe_store_is_refused_with_one_line_and_taken_if_the_site_accepts_it(
    store: Store, setting: str, value: str, check: str
) -> None:
    with configured(store.client, setting, value), capture_logs() as logged:
        with pytest.raises(UnsafeStoreError) as refused:
            refuse_unsafe_store(Settings(), store.url)
        refuse_unsafe_store(Settings(accept_unsafe_store=True), store.url)
    line = str(refused.value)
    assert f"{setting} is {value}" in line and "CUSTODY_ACCEPT_UNSAFE_STORE=1" in line
    assert "\n" not in line
    doubtful = [(one["check"], one["verdict"], one["log_level"]) for one in logged]
    assert doubtful == [(check, "unsafe", "warning")] * 2


@pytest.mark.live
def test_the_process_of_a_worker_ends_with_one_line_and_status_1(store: Store, tmp_path: Path) -> None:
    with configured(store.client, "appendfsync", "everysec"):
        ended = custody_process("worker", store_url=store.url, data_dir=str(tmp_path))
    assert (ended.status, ended.out) == (1, b"")
    [line] = [line for line in ended.err.splitlines() if not line.startswith("{")]
    assert line.startswith("custody: refuses a store that is not safe: durability: appendfsync is everysec")


def test_a_replica_is_refused(store: Store) -> None:
    with replica(store.client), pytest.raises(UnsafeStoreError, match="a replica of"):
        refuse_unsafe_store(Settings(), store.url)


@pytest.mark.parametrize(("reported", "is_taken"), [("7.0.15", False), ("7.2.0", True), ("8.2.1", True)])
def test_an_older_redis_is_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch, reported: str, is_taken: bool
) -> None:
    real = redis.Redis.info

    def info(client: Client, section: str) -> Any:
        answer = cast(Any, real(client, section))
        return {"redis_version": reported} if section == "server" else answer

    monkeypatch.setattr(redis.Redis, "info", info)
    if is_taken:
        refuse_unsafe_store(Settings(), store.url)
        return
    with pytest.raises(UnsafeStoreError, match=f"Redis {reported} is too old"):
        refuse_unsafe_store(Settings(), store.url)


def test_a_wrong_password_is_refused_and_not_shown(store: Store) -> None:
    wrong = store.url.replace("redis://:", "redis://:not")
    with pytest.raises(UnsafeStoreError, match="refuses user or password") as refused:
        refuse_unsafe_store(Settings(), wrong)
    assert "://" not in str(refused.value)


def test_a_store_that_may_not_be_asked_is_a_warning(store: Store) -> None:
    with forbidden(store.client, "config", "info"), capture_logs() as logged:
        refuse_unsafe_store(Settings(), store.url)
    assert {one["verdict"] for one in logged} == {"warning"}
    assert [one["check"] for one in logged] == ["store", "role", "persistence", "durability", "eviction"]


def test_a_store_that_is_down_or_loading_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([redis.ConnectionError(), redis.BusyLoadingError(), None])

    class Starting:
        def ping(self) -> None:
            if error := next(answers):
                raise error

    monkeypatch.setattr(start_checks, "_PAUSE_SECONDS", 0)
    with capture_logs() as logged:
        start_checks._wait_for(cast(Client, Starting()))
    assert [one["event"] for one in logged] == ["store_unreachable", "store_reached_again"]


def test_a_variable_that_looks_like_a_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTODY_PROFLE", "ca-values-2018")
    monkeypatch.setenv("custody_shards", "1")
    monkeypatch.setenv("CUSTODY_QQQQ", "1")
    with capture_logs() as logged:
        start_checks.name_unknown_settings(Settings())
    assert [one["setting"] for one in logged] == ["CUSTODY_PROFLE", "CUSTODY_QQQQ"]
    assert "did you mean CUSTODY_PROFILE?" in logged[0]["detail"]
    assert "ca-values-2018" not in str(logged)


@pytest.mark.parametrize("missing", ["worker.host.start_checks.Lock", "tempfile.gettempdir"])
def test_a_host_on_which_no_pool_can_start_is_refused_with_one_line(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    def fails() -> None:
        raise FileNotFoundError(2, "No such file or directory")

    refuse_host_without_pool()
    monkeypatch.setattr(missing, fails)
    with pytest.raises(UnfitHostError, match=r"^cannot start worker processes .*/dev/shm.*TMPDIR.*$"):
        refuse_host_without_pool()
