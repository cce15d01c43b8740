"""The token file, read again whenever it changes: a token is revoked by removing it, without a restart."""

import json
import os
import stat
import threading
import time
import tomllib
from pathlib import Path
from typing import Final, TypeAlias

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from worker.settings import SettingsError
from worker.web.access.tokens import Token

log = structlog.get_logger("custody")

_Version: TypeAlias = tuple[int, int, int]

_UNSETTLED_SECONDS: Final = 2.0
"""A second change so soon after the first may leave the file's time and size as they were."""


class TokenFileError(SettingsError):
    """The token file cannot be used; the message says what to mend, and holds no digest."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    token: tuple[Token, ...] = ()


class TokenFile:
    """The tokens of a file as they are now.

    A file that has become unusable leaves the last good tokens in force: wall boards and feeds go on, and
    `problem` says that changes to it have no effect.

    Attributes:
        problem: why the file as it is now cannot be used; None if it can.
    """

    def __init__(self, path: Path) -> None:
        """Read it.

        Raises:
            TokenFileError: it is not there, or not as it must be.
        """
        self._path = path
        self._one_reads = threading.Lock()
        self._version: _Version | None = _version_of(path)
        self._changed_at = time.monotonic()
        self._tokens = read_tokens(path)
        self.problem: str | None = None

    def tokens(self) -> tuple[Token, ...]:
        """The tokens in force."""
        with self._one_reads:
            version, now = _version_of(self._path), time.monotonic()
            if version != self._version:
                self._version, self._changed_at = version, now
                self._read()
            elif now - self._changed_at < _UNSETTLED_SECONDS:
                self._read()
            return self._tokens

    def _read(self) -> None:
        before, self.problem = self.problem, None
        try:
            self._tokens = read_tokens(self._path)
        except TokenFileError as error:
            self.problem = str(error)
        if self.problem and not before:
            log.error("token_file_unusable", problem=self.problem)
        elif before and not self.problem:
            log.info("token_file_usable_again")


def entry_of(token: Token) -> list[str]:
    """The lines of the file for a token."""
    lines = ["[[token]]", f'name = "{token.name}"', f'role = "{token.role}"', f'sha256 = "{token.sha256}"']
    if token.source is not None:
        # The basic strings of TOML take JSON's escapes.
        lines.insert(3, f"source = {json.dumps(token.source, ensure_ascii=False)}")
    return lines


def add_token(path: Path, token: Token) -> None:
    """Add a token to the file; one that is not there is made, for its owner alone.

    Raises:
        TokenFileError: the file cannot be used or written, or has a token of this name.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        raise TokenFileError(f"CUSTODY_TOKENS: {path}: {error.strerror}") from None
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        if token.name in {other.name for other in read_tokens(path)}:
            raise TokenFileError(f"CUSTODY_TOKENS: {path}: there is a token named {token.name} already")
        file.write("\n".join(("", *entry_of(token), "")))


def read_tokens(path: Path) -> tuple[Token, ...]:
    """The tokens of a file.

    Raises:
        TokenFileError: it is not there, or not as it must be, or anybody may write it.
    """
    try:
        _refuse_what_anybody_may_write(path)
        file = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise TokenFileError(f"CUSTODY_TOKENS: {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TokenFileError(f"CUSTODY_TOKENS: {path}: not TOML: {error}") from None
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        )
        raise TokenFileError(f"CUSTODY_TOKENS: {path}: {problems}") from None
    for what in ("name", "sha256"):
        values = [getattr(token, what) for token in file.token]
        if len(set(values)) < len(values):
            raise TokenFileError(f"CUSTODY_TOKENS: {path}: two tokens have one {what}")
    return file.token


def _refuse_what_anybody_may_write(path: Path) -> None:
    """Whoever can write the file, or put another in its place, can let himself in."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & stat.S_IWOTH:
            raise TokenFileError(f"CUSTODY_TOKENS: {path}: anybody may write it: run `chmod o-w {path}`")
    directory = path.resolve().parent
    mode = directory.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise TokenFileError(
            f"CUSTODY_TOKENS: {path}: anybody may put another in its place: run `chmod o-w {directory}`"
        )


def _version_of(path: Path) -> _Version | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
