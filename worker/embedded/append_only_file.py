"""The bad tail that a power cut leaves on the append-only file is cut off before the server reads it.

A file system may grow a file before it writes the data, so a power cut leaves zeros, or half a command,
where the last writes were; none of them had been acknowledged. The server refuses zeros after a whole
command, and loads zeros inside the last command as its content, without a word. So the store's own tool
checks the file at each start, at 1 GB a second. Damage that readable commands follow is not from a power
cut: a person decides.
"""

import mmap
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from worker.embedded.faults import EmbeddedStoreFault

log = structlog.get_logger("custody")

_LAST_INCREMENT: Final = re.compile(r"^file (\S+) seq \d+ type i", re.MULTILINE)
_VALID_UP_TO: Final = re.compile(rb"\bok_up_to=(\d+)")
_COMMAND: Final = re.compile(rb"\*([0-9]{1,9})\r\n")
_ARGUMENT: Final = re.compile(rb"\$([0-9]{1,9})\r\n")


@dataclass(frozen=True, slots=True)
class _Tail:
    """What a file has after its last whole command, or after its last whole transaction."""

    file: Path
    begins_at_byte: int
    length_bytes: int


def cut_bad_tail(append_only_dir: Path, server_binary: Path) -> None:
    """Cut what cannot be read off the end of the append-only file, keep it beside, and log where.

    Only the newest file of the append-only directory is looked at: the others were complete, and on disk,
    before it was begun. No server may be running on the directory.

    Raises:
        EmbeddedStoreFault: commands that can be read follow the damage; nothing was changed.
        OSError: the tail could not be kept, and so was not cut.
    """
    tail = _bad_tail(append_only_dir, server_binary)
    if tail is None:
        return
    if _commands_follow_damage(tail):
        raise EmbeddedStoreFault(
            f"{tail.file} is damaged after byte {tail.begins_at_byte}, and commands that can still be read "
            "follow the damage, so nothing was cut: go back to a copy, or cut it there, as the runbook "
            "restore.md says"
        )
    kept_in = _keep(tail)
    os.truncate(tail.file, tail.begins_at_byte)
    _flush(tail.file)
    log.error("append_only_file_cut", cut_bytes=tail.length_bytes, kept_in=str(kept_in))


def _bad_tail(append_only_dir: Path, server_binary: Path) -> _Tail | None:
    """The part at the end of the newest file that is no whole command; None if all of it can be read."""
    try:
        manifest = (append_only_dir / "appendonly.aof.manifest").read_text(errors="replace")
    except FileNotFoundError:
        return None
    increments = _LAST_INCREMENT.findall(manifest)
    if not increments or not (file := append_only_dir / increments[-1]).is_file():
        return None
    # The server is this tool as well, when it is called by this name.
    checked = subprocess.run(  # noqa: S603 - our binary, our file
        ["valkey-check-aof", file],  # noqa: S607 - a name only: the file to execute is given
        executable=server_binary,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    valid_up_to = _VALID_UP_TO.search(checked.stdout)
    if checked.returncode == 0 or not valid_up_to:
        return None
    begins_at = int(valid_up_to[1])
    length = file.stat().st_size - begins_at
    return _Tail(file, begins_at, length) if length > 0 else None


def _commands_follow_damage(tail: _Tail) -> bool:
    """Whether a command can be read after the first that cannot; those before it are half a transaction."""
    with tail.file.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    damage_at = tail.begins_at_byte
    while (end := _end_of_command(content, damage_at)) is not None:
        damage_at = end
    heads = _COMMAND.finditer(content, damage_at)
    return any(_end_of_command(content, head.start()) is not None for head in heads)


def _end_of_command(content: mmap.mmap, begin: int) -> int | None:
    """Where the command ends that begins there; None if no whole command does."""
    head = _COMMAND.match(content, begin)
    if not head or int(head[1]) == 0:
        return None
    end = head.end()
    for _ in range(int(head[1])):
        argument = _ARGUMENT.match(content, end)
        if not argument:
            return None
        end = argument.end() + int(argument[1]) + 2
        if content[end - 2 : end] != b"\r\n":
            return None
    return end


def _keep(tail: _Tail) -> Path:
    """Copy the tail to a file of its own beside the append-only file; return it once it is on the disk.

    Its name has the time of the last write before the power cut, so that a repeat finds the same name.
    """
    written_at = datetime.fromtimestamp(tail.file.stat().st_mtime, UTC)
    kept_in = tail.file.with_name(f"{tail.file.name}.cut-{written_at:%Y%m%dT%H%M%SZ}-{tail.begins_at_byte}")
    descriptor = os.open(kept_in, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with tail.file.open("rb") as source, os.fdopen(descriptor, "wb") as copy:
        source.seek(tail.begins_at_byte)
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())
    _flush(kept_in.parent)
    return kept_in


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
