"""The desk token that a board without a token file has for its life.

Whoever starts the board and wants it to keep its token when it is started again, such as `custody run`, makes
one with `tokens.new_secret` and hands it to the board alone, in the environment, as `VARIABLE`.
"""

import os
from typing import Final

from worker.web.access.tokens import Token, digest_of, new_secret

VARIABLE: Final = "_CUSTODY_DESK_TOKEN"
"""No setting, so it does not have their prefix."""


def take() -> str:
    """The secret that the parent handed over, or a new one. It is gone from the environment afterwards."""
    return os.environ.pop(VARIABLE, None) or new_secret()


def token_with(secret: str) -> Token:
    """The token of this secret."""
    return Token(name="own-token", role="desk", sha256=digest_of(secret))
