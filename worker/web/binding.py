"""Where the board may listen: what is reached from other machines needs a token file."""

import ipaddress
from collections.abc import Iterable

from worker.settings import Settings, SettingsError
from worker.web.access.names import is_loopback


class BoardAddressError(SettingsError):
    """The board must not listen there, or trust that proxy, as things are set."""


def check_binding(settings: Settings, *, is_open_desk: bool = False) -> None:
    """Return if the board may listen on the address that is set.

    Raises:
        BoardAddressError: other machines reach it, and there is no token file.
    """
    if is_loopback(settings.board_host):
        return
    if is_open_desk:
        raise BoardAddressError(
            f"CUSTODY_BOARD_HOST={settings.board_host} is reached from other machines, and an open desk "
            "shows everybody who is in custody: leave it unset"
        )
    if settings.tokens is None:
        raise BoardAddressError(
            f"CUSTODY_BOARD_HOST={settings.board_host} is reached from other machines: make a token file "
            "(`custody token new`), name it in CUSTODY_TOKENS, and put a proxy with TLS in front"
        )


def proxies(addresses: Iterable[str]) -> tuple[str, ...]:
    """The addresses and networks of trusted proxies, from lists with commas.

    Raises:
        BoardAddressError: one is neither.
    """
    found = []
    for address in (part.strip() for listed in addresses for part in listed.split(",")):
        try:
            found.append(str(ipaddress.ip_network(address)))
        except ValueError:
            raise BoardAddressError(
                f"--forwarded-allow-ips: {address!r} is no IP address and no network such as 10.1.2.0/24"
            ) from None
    return tuple(found)


def address_of(host: str, port: int) -> str:
    """The URL of the board."""
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
