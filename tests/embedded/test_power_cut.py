"""What a power cut leaves at the end of the append-only file is cut off and kept; what can be read stays."""

import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.support.embedding import client, kill_server, needs_proc
from worker.embedded import process
from worker.embedded.append_only_file import cut_bad_tail
from worker.embedded.server import EmbeddedStore, EmbeddedStoreFault

pytestmark = needs_proc

MANIFEST = (
    "file appendonly.aof.2.base.rdb seq 2 type b\n"
    "file appendonly.aof.1.incr.aof seq 1 type i\n"
    "file appendonly.aof.2.incr.aof seq 2 type i\n"
)


def command(*words: bytes) -> bytes:
    """A command as the append-only file has it."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def transaction(*commands: bytes) -> bytes:
    return command(b"MULTI") + b"".join(commands) + command(b"EXEC")


LAST = command(b"SET", b"last", b"x" * 100)
HALF = LAST[:-60]
TORN = transaction(command(b"SET", b"t1", b"1"), command(b"SET", b"t2", b"1"))[:-10]


# With a real server


@pytest.mark.parametrize(
    "tail",
    [
        b"\0",
        bytes(4096),
        b"garbage",
        b"\r\n",
        b"garbage\r\n",
        HALF,
        HALF + bytes(60),  # just as long as the command was: the server alone would load the zeros
        HALF + bytes(4000),
        TORN,
        TORN + bytes(100),
    ],
    ids=[
        "zero",
        "zeros",
        "garbage",
        "line",
        "garbage line",
        "half",
        "filled",
        "zeroed",
        "torn",
        "torn zeros",
    ],
)
def test_all_records_are_there_after_a_power_cut_and_the_bad_tail_is_kept(
    data_dir: Path, tail: bytes
) -> None:
    with EmbeddedStore.own(data_dir) as store, capture_logs() as logs:
        with client(store.url) as connection:
            for number in range(20):
                connection.set(f"booking:{number}", number)
            connection.eval("redis.call('set', 'a', 1) redis.call('set', 'b', 2)", 0)
        kill_server(data_dir)
        [file] = data_dir.glob("valkey/appendonlydir/*.incr.aof")
        whole = file.read_bytes()
        file.write_bytes(whole + tail)
        assert store.ensure_running() is True
        with client(store.url) as connection:
            assert connection.dbsize() == 22
            connection.set("next", "1")
        [kept] = data_dir.glob("valkey/appendonlydir/*.cut-*")
        assert kept.read_bytes() == tail
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert file.read_bytes().startswith(whole)
    assert [entry for entry in logs if entry["event"] == "append_only_file_cut"] == [
        {"event": "append_only_file_cut", "log_level": "error", "cut_bytes": len(tail), "kept_in": str(kept)}
    ]
    with EmbeddedStore.own(data_dir) as store, client(store.url) as connection:
        assert connection.dbsize() == 23


def test_damage_that_commands_follow_stops_the_start_with_what_to_do(data_dir: Path) -> None:
    with EmbeddedStore.own(data_dir) as store, client(store.url) as connection:
        for number in range(20):
            connection.set(f"booking:{number}", number)
    [file] = data_dir.glob("valkey/appendonlydir/*.incr.aof")
    damaged = file.read_bytes().replace(command(b"SET", b"booking:7", b"7"), bytes(40))
    file.write_bytes(damaged)
    with pytest.raises(EmbeddedStoreFault, match=r"damaged after byte \d+.*nothing was cut.*restore\.md"):
        EmbeddedStore.own(data_dir)
    assert file.read_bytes() == damaged
    assert list(data_dir.glob("valkey/appendonlydir/*.cut-*")) == []


def test_a_tail_that_cannot_be_kept_is_not_cut(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedStore.own(data_dir) as store, client(store.url) as connection:
        connection.set("booking", "1")
    [file] = data_dir.glob("valkey/appendonlydir/*.incr.aof")
    damaged = file.read_bytes() + bytes(100)
    file.write_bytes(damaged)

    def fails(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(EmbeddedStoreFault, match="No space left on device"):
        EmbeddedStore.own(data_dir)
    monkeypatch.undo()
    assert file.read_bytes() == damaged
    with EmbeddedStore.own(data_dir) as store, client(store.url) as connection:
        assert connection.get("booking") == "1"


# With the checking tool alone


words = st.binary(max_size=30) | st.sampled_from([b"", b"\r\n", b"*1\r\n", b"$3\r\n", bytes(5)])
commands = st.lists(words, min_size=1, max_size=3).map(lambda given: command(b"SET", *given))
entries = commands | st.lists(commands, max_size=3).map(lambda inner: transaction(*inner))


def left_and_kept(content: bytes, older: bytes = b"") -> tuple[bytes, bytes]:
    """What is left of a file, and what was kept beside it."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "appendonly.aof.manifest").write_text(MANIFEST)
        (directory / "appendonly.aof.1.incr.aof").write_bytes(older)
        file = directory / "appendonly.aof.2.incr.aof"
        file.write_bytes(content)
        cut_bad_tail(directory, process.server_binary())
        assert (directory / "appendonly.aof.1.incr.aof").read_bytes() == older
        kept = [path.read_bytes() for path in directory.glob("*.cut-*")]
        return file.read_bytes(), b"".join(kept)


@settings(deadline=None, max_examples=100)
@given(st.lists(entries, max_size=6), st.data(), st.integers(0, 200))
def test_any_part_of_a_file_and_any_zeros_leave_exactly_the_whole_commands(
    whole: list[bytes], data: st.DataObject, zeros: int
) -> None:
    content = b"".join(whole)
    written = data.draw(st.integers(0, len(content)))
    ends = [len(b"".join(whole[:count])) for count in range(len(whole) + 1)]
    expected = content[: max(end for end in ends if end <= written)]
    left, kept = left_and_kept(content[:written] + bytes(zeros))
    assert left == expected
    assert left + kept == content[:written] + bytes(zeros)


@settings(deadline=None, max_examples=100)
@given(st.lists(entries, min_size=1, max_size=4), st.binary(max_size=60), st.lists(entries, max_size=3))
def test_nothing_is_cut_that_a_command_can_be_read_in(
    before: list[bytes], damage: bytes, after: list[bytes]
) -> None:
    content = b"".join(before) + damage + b"".join(after)
    try:
        left, kept = left_and_kept(content)
    except EmbeddedStoreFault:
        return
    assert left + kept == content
    assert left.startswith(b"".join(before))
    assert kept == b"" or not after


def test_only_the_newest_file_is_looked_at() -> None:
    good = command(b"SET", b"a", b"1")
    assert left_and_kept(good, older=good + bytes(50)) == (good, b"")


@pytest.mark.parametrize("manifest", [None, "", "\0" * 80, "file gone.aof seq 1 type i\n"])
def test_without_a_file_to_look_at_the_server_has_the_word(tmp_path: Path, manifest: str | None) -> None:
    if manifest is not None:
        (tmp_path / "appendonly.aof.manifest").write_text(manifest)
    cut_bad_tail(tmp_path, process.server_binary())
