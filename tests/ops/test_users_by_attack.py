"""What each user of the store must not be able to do is tried on a server as it is deployed."""

import re
import subprocess
from collections.abc import Iterator
from typing import Any, Final

import pytest
import redis

from tests.support.store_with_users import PASSWORDS, USERS, StoreWithUsers, store_with_users, users_lines
from worker.store.keys import Keys

KEYS: Final = Keys(0)
RECORD: Final = KEYS.record("2026-00417")
NO_SCRIPT_HELPS: Final = "return redis.call(unpack(ARGV))"

# What looks after the server, or sees what others do. Nobody who runs the clock may.
OF_THE_SERVER: Final = (
    "CONFIG SET appendonly no",
    "CONFIG SET dir /tmp",
    "CONFIG REWRITE",
    "SHUTDOWN NOSAVE",
    "ACL SETUSER worker +@all",
    "ACL LIST",
    "ACL GETUSER operator",
    "DEBUG SLEEP 1",
    "REPLICAOF 127.0.0.1 1",
    "FAILOVER",
    "SYNC",
    "MODULE LIST",
    "MONITOR",
    "CLIENT KILL TYPE normal",
    "CLIENT PAUSE 60000",
    "SAVE",
    "SWAPDB 0 1",
    "FLUSHALL",
    "FLUSHDB",
    "SCRIPT FLUSH",
    "FUNCTION FLUSH",
    "KEYS *",
    "SUBSCRIBE __sentinel__:hello",
    "PUBLISH __sentinel__:hello x",
    "SET of-another-program x",
    f"MIGRATE 127.0.0.1 1 {RECORD} 0 1000",
)

WRITES: Final = (
    f"HSET {RECORD} head forged",
    f"HDEL {RECORD} doc",
    f"DEL {RECORD}",
    f"RENAME {RECORD} elsewhere",
    f"EXPIRE {RECORD} 1",
    f"ZADD {KEYS.timers} 9999999999999 2026-00417",
    f"ZREM {KEYS.timers} 2026-00417",
    f"DEL {KEYS.timers}",
    f"XADD {KEYS.journal} * entry forged",
    f"XTRIM {KEYS.journal} MAXLEN 0",
    f"XDEL {KEYS.journal} 1-1",
    f"XTRIM {KEYS.outbox} MAXLEN 0",
    f"DEL {KEYS.outbox}",
    f"XTRIM {KEYS.inbox} MAXLEN 0",
    f"XGROUP DESTROY {KEYS.inbox} clock",
    f"XACK {KEYS.inbox} clock 1-1",
    f"SET {KEYS.identity} another",
    f"SET {KEYS.reader_fence} mine",
    f"HSET {KEYS.profiles} any mine",
    f"HSET {KEYS.simulation} speed 1000",
    f"DEL {KEYS.losses}",
    f"XTRIM {KEYS.access} MAXLEN 0",
    f"DEL {KEYS.access}",
    f"DEL {KEYS.acknowledged}",
)

READS: Final = (
    f"HGETALL {RECORD}",
    f"HGET {RECORD} doc",
    f"XRANGE {KEYS.inbox} - +",
    f"ZRANGE {KEYS.timers} 0 -1",
    f"XRANGE {KEYS.access} - +",
    "SCAN 0",
)

OF_UPSTREAM: Final = (
    f"XRANGE {KEYS.journal} - +",
    f"XRANGE {KEYS.outbox} - +",
    f"XRANGE {KEYS.rejects} - +",
    f"HGETALL {KEYS.alarms}",
    f"XLEN {KEYS.inbox}",
    f"XREAD STREAMS {KEYS.inbox} 0",
    f"XDEL {KEYS.inbox} 1-1",
    f"DEL {KEYS.inbox}",
    f"XADD {KEYS.rejects} * event forged",
    "EVAL return 1",
    "SCRIPT LOAD return",
    "INFO",
    "CONFIG GET requirepass",
    "CLIENT LIST",
)

OF_BOARD: Final = (
    f"XADD {KEYS.outbox} * event forged",
    f"XADD {KEYS.rejects} * event forged",
    f"HSET {KEYS.alarms} any forged",
    f"HSET {KEYS.dealt} 1-1 forged",
    f"XDEL {KEYS.inbox} 1-1",
    f"DEL {KEYS.inbox}",
    f"SET {KEYS.beat} 0",
    f"SETRANGE {KEYS.identity} 0 forged",
)

OF_NOTIFIER: Final = (
    f"XADD {KEYS.inbox} * event forged",
    f"XADD {KEYS.rejects} * event forged",
    f"XDEL {KEYS.outbox} 1-1",
    f"DEL {KEYS.receipts}",
    f"XTRIM {KEYS.receipts} MAXLEN 0",
    f"DEL {KEYS.alarms}",
    f"SET {KEYS.beat} 0",
    "CONFIG GET requirepass",
)

# The commands of the clock's users that the broker's has too; here on keys of the clock, in both databases.
OF_BROKER: Final = (
    f"GET {KEYS.identity}",
    f"SET {KEYS.identity} another",
    f"SMEMBERS {RECORD}",
    f"ZRANGE {KEYS.timers} 0 -1",
    f"ZREVRANGEBYSCORE {KEYS.timers} +inf -inf",
    f"EXISTS {RECORD}",
    f"LPUSH {KEYS.inbox} forged",
    f"XADD {KEYS.inbox} * event forged",
    f"HGET {KEYS.alarms} any",
    "PSUBSCRIBE *",
    "INFO",
    "CONFIG GET requirepass",
    "CLIENT LIST",
    "SCAN 0",
)

OF_OPERATOR: Final = (
    f"XTRIM {KEYS.journal} MAXLEN 0",
    f"XDEL {KEYS.journal} 1-1",
    f"XGROUP DESTROY {KEYS.inbox} clock",
    f"RESTORE {RECORD} 0 x",
)

ATTACKS: Final = {
    "upstream": OF_THE_SERVER + WRITES + READS + OF_UPSTREAM,
    "worker": (*OF_THE_SERVER, f"XTRIM {KEYS.journal} MAXLEN 0", f"XGROUP DESTROY {KEYS.inbox} clock"),
    "notifier": OF_THE_SERVER + WRITES + READS + OF_NOTIFIER,
    "board": OF_THE_SERVER + WRITES + OF_BOARD,
    "broker": OF_THE_SERVER + WRITES + READS + OF_BROKER,
    "operator": OF_THE_SERVER + OF_OPERATOR,
    "health": OF_THE_SERVER + WRITES + READS + OF_UPSTREAM + (f"XADD {KEYS.inbox} * event forged",),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreWithUsers]:
    with store_with_users(tmp_path_factory.mktemp("attacked")) as server, server.client() as owner:
        for _ in range(2):
            owner.xadd(KEYS.inbox, {"event": "{}"})
        owner.hset(RECORD, "head", "1 held 2 ")
        owner.zadd(KEYS.timers, {"2026-00417": 2})
        owner.set(KEYS.identity, "{}")
        yield server


def words_of(command: str) -> list[str]:
    """The words of a command; `EVAL x` with the number of its keys."""
    words = command.split(" ")
    return ["EVAL", " ".join(words[1:]), "0"] if words[0] == "EVAL" else words


@pytest.mark.parametrize("user", ATTACKS)
def test_what_a_user_must_not_do_is_refused(store: StoreWithUsers, user: str) -> None:
    allowed = []
    for command in ATTACKS[user]:
        with store.client(user) as attacker:
            if not is_refused(attacker, words_of(command)):
                allowed.append(command)
    assert allowed == []


@pytest.mark.parametrize("user", ["worker", "notifier", "board", "operator"])
def test_a_script_gives_nobody_a_right(store: StoreWithUsers, user: str) -> None:
    allowed = []
    for command in ATTACKS[user]:
        words = command.split(" ")
        # A script may not run these at all, whoever sends it.
        if words[0] in {"MONITOR", "SUBSCRIBE", "SHUTDOWN", "SYNC", "REPLICAOF", "EVAL"}:
            continue
        with store.client(user) as attacker:
            keys = [word for word in words if word.startswith("{custody:")]
            if not is_refused(attacker, ["EVAL", NO_SCRIPT_HELPS, str(len(keys)), *keys, *words]):
                allowed.append(command)
    assert allowed == []


def is_refused(attacker: "redis.Redis", words: list[str]) -> bool:
    """Whether the server says that this user may not, that nobody may, or that it has no such command."""
    run: Any = attacker.execute_command
    try:
        run(*words)
    except redis.ResponseError as error:
        return re.search("permission|not allowed|unknown command", str(error), re.IGNORECASE) is not None
    return False


def test_what_was_attacked_is_as_it_was(store: StoreWithUsers) -> None:
    with store.client() as owner:
        assert owner.xlen(KEYS.inbox) == 2
        assert owner.hgetall(RECORD) == {"head": "1 held 2 "}
        assert owner.zscore(KEYS.timers, "2026-00417") == 2
        assert owner.get(KEYS.identity) == "{}"
        assert sorted(owner.keys()) == sorted([KEYS.inbox, RECORD, KEYS.timers, KEYS.identity])


@pytest.mark.parametrize("database", [0, 1])
def test_whoever_names_no_user_gets_in_nowhere(store: StoreWithUsers, database: int) -> None:
    for password in (None, "", *PASSWORDS.values()):
        stranger = redis.Redis(port=store.port, db=database, password=password)
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_a_password_is_good_for_its_user_alone(store: StoreWithUsers) -> None:
    for user in USERS:
        for other in USERS:
            if other != user:
                stranger = redis.Redis(port=store.port, username=user, password=f"{other}-s3cret")
                with stranger, pytest.raises(redis.AuthenticationError):
                    stranger.ping()


def test_upstream_can_do_what_it_is_for(store: StoreWithUsers) -> None:
    for shard in (0, 7):
        with store.client("upstream") as upstream:
            pipeline: Any = upstream.pipeline()
            pipeline.xadd(Keys(shard).inbox, {"event": "{}"})
            assert pipeline.execute()
            assert upstream.wait(0, 10) == 0


@pytest.mark.parametrize("missing", PASSWORDS)
def test_without_a_password_no_user_is_made_and_the_variable_is_named(missing: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        users_lines({name: value for name, value in PASSWORDS.items() if name != missing})
    assert f"set {missing}" in caught.value.stderr


def test_no_password_is_in_what_the_server_is_given() -> None:
    assert "s3cret" not in users_lines()
