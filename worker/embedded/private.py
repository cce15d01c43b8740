"""The data directory is private: its user's own, closed to everybody else, and without symbolic links.

Whoever can write there can release or hold people; whoever can read there sees who is in custody.
"""

import os
import pwd
import stat
import tempfile
from pathlib import Path

from worker.embedded.faults import EmbeddedStoreFault, disk_faults_explained, display_path


class DataDirNotPrivate(EmbeddedStoreFault):
    """The data directory, or something in it, may be another user's to read or to change."""


def prepare(data_dir: Path) -> None:
    """Create the data directory if there is none, and check all of it.

    Raises:
        DataDirNotPrivate: it is not private.
        EmbeddedStoreFault: it cannot be created.
    """
    with disk_faults_explained(data_dir):
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_directory(data_dir)
        _check_entries(data_dir)


def check_directory(data_dir: Path) -> None:
    """Check the data directory itself, if there is one.

    Raises:
        DataDirNotPrivate: it is a symbolic link, another user's, or open to others.
        OSError: it cannot be looked at.
    """
    try:
        status = data_dir.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return
    shown = display_path(data_dir)
    if stat.S_ISLNK(status.st_mode):
        raise DataDirNotPrivate(f"{shown} is a symbolic link: name the directory itself in CUSTODY_DATA_DIR")
    _check_owner(status.st_uid, shown)
    if stat.S_ISDIR(status.st_mode) and status.st_mode & 0o077:
        mode = stat.S_IMODE(status.st_mode)
        raise DataDirNotPrivate(f"{shown} is open to other users (mode {mode:o}): run `chmod 700 {shown}`")


def write_private(path: Path, text: str) -> None:
    """Replace a file atomically; at no time can anyone but its owner read it."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # created with mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _check_entries(data_dir: Path) -> None:
    for directory, directories, files in os.walk(data_dir):
        for name in (*directories, *files):
            entry = Path(directory, name)
            try:
                status = entry.lstat()
            except FileNotFoundError:  # a running server replaces its files
                continue
            if stat.S_ISLNK(status.st_mode):
                raise DataDirNotPrivate(
                    f"{display_path(entry)} is a symbolic link: put there what it points to, or remove it"
                )
            _check_owner(status.st_uid, display_path(entry))


def _check_owner(owner_id: int, shown: str) -> None:
    if owner_id != os.geteuid():
        owner, user = _user_name(owner_id), _user_name(os.geteuid())
        raise DataDirNotPrivate(
            f"{shown} belongs to another user ({owner}; this is {user}): run this command as that user, "
            f"or make the whole data directory {user}'s"
        )


def _user_name(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return f"user {user_id}"
