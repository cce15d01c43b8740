"""A token: who may do what. Only its SHA-256 is kept."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

Role: TypeAlias = Literal["desk", "intake", "metrics"]

PREFIX: Final = "cck_"
"""How a new token begins, so that people and scanners for leaked secrets know one when they see it."""

_SECRET_BYTES: Final = 32
_LONGEST: Final = 512
"""Characters. A longer secret is no token; so nobody has megabytes hashed."""


class Token(BaseModel):
    """One token: its name, its role and its SHA-256, never itself.

    Attributes:
        source: of an intake token, the only CloudEvents `source` that it may send.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    role: Role
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
    source: Annotated[str, Field(pattern=r"^[^\x00-\x20\x7f]{1,256}$")] | None = None

    @model_validator(mode="after")
    def _intake_has_a_source(self) -> Self:
        if (self.role == "intake") != (self.source is not None):
            raise ValueError("a token with the role intake needs a source, and no other has one")
        return self


def new_secret() -> str:
    """A secret that nobody can guess: 256 random bits."""
    return PREFIX + secrets.token_urlsafe(_SECRET_BYTES)


def digest_of(secret: str) -> str:
    """What the token file holds of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def matching(tokens: Iterable[Token], secret: str) -> Token | None:
    """The token that this secret is; every digest is compared, each in constant time."""
    if len(secret) > _LONGEST:
        return None
    digest = digest_of(secret)
    found = None
    for token in tokens:
        if hmac.compare_digest(token.sha256, digest):
            found = token
    return found
