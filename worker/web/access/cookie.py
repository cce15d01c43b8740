"""The cookie of a browser that has logged in.

It holds the token itself: the board then needs no session and no key, so a restart logs nobody out, several
boards agree, a token that is removed from the file is out at once, and whoever reads the file can make none.
Scripts cannot read it (HttpOnly), and no other site can have it sent (SameSite=Strict).
"""

from typing import Final
from urllib.parse import quote, unquote

from starlette.requests import HTTPConnection

from worker.web.access.names import is_loopback_request

LIFE_SECONDS: Final = 12 * 3600
"""A browser that asks for nothing for so long has to log in again; each page and each stream renews it."""

_NAME: Final = "custody"
# A browser takes this name only with Secure and Path=/, and from this very host.
_SECURE_NAME: Final = "__Host-custody"


def secret_in_cookie(request: HTTPConnection) -> str | None:
    """What the browser has logged in with, if it has."""
    value = request.cookies.get(_name(request))
    return unquote(value) if value else None


def cookie_with(request: HTTPConnection, secret: str) -> str:
    """The header that logs the browser in, or renews that."""
    return _cookie(request, quote(secret, safe=""), LIFE_SECONDS)


def cookie_without(request: HTTPConnection) -> str:
    """The header that logs the browser out."""
    return _cookie(request, "", 0)


def _cookie(request: HTTPConnection, value: str, life_seconds: int) -> str:
    attributes = f"Path=/; Max-Age={life_seconds}; HttpOnly; SameSite=Strict"
    return f"{_name(request)}={value}; {attributes}{'' if is_loopback_request(request) else '; Secure'}"


def _name(request: HTTPConnection) -> str:
    return _NAME if is_loopback_request(request) else _SECURE_NAME
