"""The token file: the digests of the tokens, their roles, and of whom each intake token may report."""

import hashlib
import hmac
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Role: TypeAlias = Literal["desk", "intake", "metrics"]


class TokenFileError(ValueError):
    """The token file cannot be used; the message says what to mend, and holds no digest."""


class Token(BaseModel):
    """One token: its name, its role and its SHA-256, never itself.

    Attributes:
        source: of an intake token, the only CloudEvents `source` that it may send.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    role: Role
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
    source: Annotated[str, Field(min_length=1, max_length=256)] | None = None

    @model_validator(mode="after")
    def _intake_has_a_source(self) -> Self:
        if (self.role == "intake") != (self.source is not None):
            raise ValueError("a token with the role intake needs a source, and no other has one")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    token: tuple[Token, ...] = ()


def read_tokens(path: Path) -> tuple[Token, ...]:
    """The tokens of a file.

    Raises:
        TokenFileError: it is not there, or not as it must be.
    """
    try:
        file = _File.model_validate(tomllib.loads(path.read_text()))
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
    names = [token.name for token in file.token]
    if len(set(names)) < len(names):
        raise TokenFileError(f"CUSTODY_TOKENS: {path}: two tokens have one name")
    return file.token


def matching(tokens: tuple[Token, ...], secret: str) -> Token | None:
    """The token that this secret is; every digest is compared, each in constant time."""
    digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
    found = None
    for token in tokens:
        if hmac.compare_digest(token.sha256, digest):
            found = token
    return found
