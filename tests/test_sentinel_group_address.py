"""Addresses of Sentinel groups: read, refused in one line, and as Celery wants them."""

import pytest

from worker.sentinel_group import SentinelGroup
from worker.settings import Settings, SettingsError, broker_of, read_settings

URL = "redis+sentinel://clock:s%40fe@a:26379,b,[::1]:26381/custody/2?sentinel_password=other"


def test_an_address_is_read() -> None:
    group = SentinelGroup.of(URL)
    assert group.sentinels == (("a", 26379), ("b", 26379), ("::1", 26381))
    assert (group.name, group.database) == ("custody", 2)
    assert (group.username, group.password) == ("clock", "s@fe")
    assert group.sentinel_login() == {"password": "other"}
    assert "s@fe" not in repr(group)
    assert SentinelGroup.of("redis+sentinel://a/custody").database == 0


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://a:26379,b:26379",
        "redis+sentinel://a:26379/",
        "redis+sentinel:///custody/0",
        "redis+sentinel://a,,b/custody/0",
        "redis+sentinel://a:0/custody/0",
        "redis+sentinel://a:99999/custody/0",
        "redis+sentinel://a/custody/zero",
        "redis+sentinel://a/custody/0?db=1",
        "redis+sentinel://clock:secret@[::1/custody/0",
    ],
)
@pytest.mark.parametrize("variable", ["CUSTODY_STORE_URL", "CUSTODY_BROKER_URL"])
def test_what_cannot_be_read_is_refused_and_not_repeated(
    url: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, url)
    with pytest.raises(SettingsError) as refused:
        read_settings()
    assert variable in str(refused.value)
    assert "secret" not in str(refused.value)


def test_the_broker_is_the_next_database_of_the_same_group() -> None:
    broker = broker_of(Settings(), URL)
    assert broker.url.split(";") == [
        "sentinel://clock:s%40fe@a:26379/3",
        "sentinel://clock:s%40fe@b:26379/3",
        "sentinel://clock:s%40fe@[::1]:26381/3",
    ]
    assert broker.options == {"master_name": "custody", "sentinel_kwargs": {"password": "other"}}


def test_a_group_for_the_broker_alone() -> None:
    broker = broker_of(Settings(broker_url="redis+sentinel://a/signals/0"), "redis://localhost:6379/0")
    assert broker.url == "sentinel://a:26379/0"
    assert broker.options["master_name"] == "signals"
