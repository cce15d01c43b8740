"""The address of a Sentinel group: `redis+sentinel://host:port,host:port/group/database`."""

import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit

SCHEME: Final = "redis+sentinel"
EXAMPLE: Final = "redis+sentinel://host:26379,host:26379,host:26379/group/0"

_PORT: Final = 26379
_ADDRESS: Final = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\[\]:@\s]+)(?::(?P<port>\d{1,5}))?\Z")
_OPTIONS: Final = frozenset({"sentinel_username", "sentinel_password"})


@dataclass(frozen=True, slots=True, repr=False)
class SentinelGroup:
    """A primary and its replicas, found by asking the sentinels that watch them. It holds passwords.

    Attributes:
        sentinels: host and port of each sentinel.
        name: what the sentinels call the group.
        database: number of the database.
        username, password: for the store's servers; None where they ask for none.
        sentinel_username, sentinel_password: for the sentinels.
    """

    sentinels: tuple[tuple[str, int], ...]
    name: str
    database: int = 0
    username: str | None = None
    password: str | None = None
    sentinel_username: str | None = None
    sentinel_password: str | None = None

    @classmethod
    def of(cls, url: str) -> Self:
        """Read the URL of a group.

        Raises:
            ValueError: it cannot be read; the message repeats nothing of it.
        """
        parts = urlsplit(url)
        login, _, addresses = parts.netloc.rpartition("@")
        username, _, password = login.partition(":")
        group, _, database = parts.path.strip("/").partition("/")
        options = dict(parse_qsl(parts.query))
        if options.keys() - _OPTIONS:
            raise ValueError(f"after ? a group takes {' and '.join(sorted(_OPTIONS))} only")
        if not group or not (database or "0").isdigit() or parts.scheme != SCHEME:
            raise ValueError(f"name the group and the database, as in {EXAMPLE}")
        return cls(
            sentinels=tuple(_address(address) for address in addresses.split(",")),
            name=unquote(group),
            database=int(database or 0),
            username=unquote(username) or None,
            password=unquote(password) or None,
            sentinel_username=options.get("sentinel_username"),
            sentinel_password=options.get("sentinel_password"),
        )

    def sentinel_login(self) -> dict[str, str]:
        """The arguments with which a client of the redis package logs in to a sentinel."""
        named = {"username": self.sentinel_username, "password": self.sentinel_password}
        return {name: value for name, value in named.items() if value is not None}

    def celery_url(self, database: int) -> str:
        """The group as Celery's messaging library wants it; it takes the sentinels' login apart."""
        login = ""
        if self.password is not None:
            login = f"{quote(self.username or '', safe='')}:{quote(self.password, safe='')}@"
        addresses = [f"{login}{_bracketed(host)}:{port}/{database}" for host, port in self.sentinels]
        return ";".join(f"sentinel://{address}" for address in addresses)


def _address(text: str) -> tuple[str, int]:
    found = _ADDRESS.match(text)
    port = int(found["port"] or _PORT) if found else 0
    if not found or not 0 < port < 65536:
        raise ValueError(f"give the address of each sentinel, as in {EXAMPLE}")
    return found["host"].strip("[]"), port


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
