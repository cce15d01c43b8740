"""A data directory that is not private is refused, in one line that says what to do."""

import os
import stat
from pathlib import Path

import pytest

from tests.support.embedding import needs_proc, orphan_a_server
from worker import heartbeat
from worker.delivery.sink import Outcome
from worker.delivery.sinks.file import FileSink
from worker.embedded import private
from worker.embedded.faults import EmbeddedStoreFault
from worker.embedded.private import DataDirNotPrivate
from worker.embedded.server import EmbeddedStore, find

pytestmark = needs_proc


def test_a_missing_directory_is_created_for_its_user_alone(tmp_path: Path) -> None:
    data_dir = tmp_path / "custody" / "var"
    private.prepare(data_dir)
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o701, 0o704, 0o710, 0o750, 0o755, 0o770, 0o777])
def test_a_directory_that_others_may_enter_is_refused_until_it_is_closed(data_dir: Path, mode: int) -> None:
    orphan_a_server(data_dir)
    data_dir.chmod(mode)
    for use in (EmbeddedStore.own, find, private.prepare):
        with pytest.raises(DataDirNotPrivate, match=rf"\(mode {mode:o}\): run `chmod 700 {data_dir}`$"):
            use(data_dir)
    data_dir.chmod(0o700)
    find(data_dir)
    EmbeddedStore.own(data_dir).stop()


def test_a_directory_of_another_user_is_refused(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private.prepare(data_dir)
    somebody = os.geteuid() + 4711
    monkeypatch.setattr(os, "geteuid", lambda: somebody)
    for use in (EmbeddedStore.own, find, private.prepare):
        with pytest.raises(DataDirNotPrivate, match=rf"belongs to another user .*this is user {somebody}"):
            use(data_dir)


def test_a_file_of_another_user_in_it_is_refused(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private.prepare(data_dir)
    file = data_dir / "notices.jsonl"
    file.touch()
    status = os.stat_result([*tuple(file.lstat())[:4], os.geteuid() + 1, *tuple(file.lstat())[5:]])
    lstat = Path.lstat
    monkeypatch.setattr(Path, "lstat", lambda path: status if path == file else lstat(path))
    with pytest.raises(DataDirNotPrivate, match=r"notices\.jsonl belongs to another user"):
        EmbeddedStore.own(data_dir)


def test_a_directory_reached_through_a_symbolic_link_is_refused(data_dir: Path) -> None:
    private.prepare(data_dir)
    link = data_dir.parent / "link"
    link.symlink_to(data_dir)
    for use in (EmbeddedStore.own, find, private.prepare):
        with pytest.raises(DataDirNotPrivate, match=r"link is a symbolic link: .*CUSTODY_DATA_DIR"):
            use(link)


@pytest.mark.parametrize(
    "name", ["notices.jsonl", "endpoint.json", "owner.lock", "valkey", "valkey/server.lock", "alive-desk"]
)
def test_a_symbolic_link_in_it_is_refused(data_dir: Path, tmp_path: Path, name: str) -> None:
    EmbeddedStore.own(data_dir).stop()
    entry, elsewhere = data_dir / name, tmp_path / "elsewhere"
    if entry.exists():
        entry.rename(elsewhere)
    entry.symlink_to(elsewhere)
    with pytest.raises(DataDirNotPrivate, match=f"{name} is a symbolic link"):
        EmbeddedStore.own(data_dir)


def test_a_relative_directory_is_shown_as_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("var").mkdir(mode=0o755)
    with pytest.raises(DataDirNotPrivate) as refusal:
        private.prepare(Path("var"))
    assert str(refusal.value) == "./var is open to other users (mode 755): run `chmod 700 ./var`"


def test_a_directory_that_cannot_be_created_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedStoreFault, match=r"file/var \(Not a directory\).*CUSTODY_DATA_DIR"):
        private.prepare(tmp_path / "file" / "var")


def test_no_file_is_written_through_a_symbolic_link(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.touch()
    notices = tmp_path / "notices.jsonl"
    notices.symlink_to(target)
    answer = FileSink(notices).send([])
    assert answer.outcome is Outcome.AGAIN and "symbolic links" in answer.detail
    heartbeat.beat(tmp_path)
    [alive] = tmp_path.glob("alive-*")
    assert stat.S_IMODE(alive.stat().st_mode) == 0o600
    alive.unlink()
    alive.symlink_to(target)
    with pytest.raises(OSError, match="symbolic links"):
        heartbeat.beat(tmp_path)
    assert target.read_bytes() == b""
