"""Where a login leads: to a page of this board, and nowhere else."""

from typing import Final
from urllib.parse import quote, urlsplit

_LONGEST: Final = 1000
_NOT_THERE: Final = ("/login", "/logout")


def local_path(wanted: str | None) -> str:
    """The path wanted, with its query; `/` if it is none of this board's, or could be read as another's."""
    if not wanted or len(wanted) > _LONGEST or not wanted.startswith("/"):
        return "/"
    # Browsers take \ for /, and leave out tabs and line breaks before they look.
    if wanted.startswith("//") or "\\" in wanted or any(ord(character) <= 0x20 for character in wanted):
        return "/"
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or parts.path.rstrip("/") in _NOT_THERE:
        return "/"
    query = f"?{quote(parts.query, safe='=&%:/+,;@-._~')}" if parts.query else ""
    return quote(parts.path, safe="/%:@-._~!$&'()*+,;=") + query
