"""Which addresses a webhook may be sent to: public ones, and the private network that the sink names.

A name that leads to this machine or to a private network could make the clock call what only it can reach.
"""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from worker.delivery.routing import LOOPBACK_HOSTS

_NAT64: Final = IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = IPv6Network("::/96")
_LOCAL_NAT64: Final = IPv6Network("64:ff9b:1::/48")


class AddressNotAllowedError(OSError):
    """The receiver's name leads to an address that nothing may be sent to."""


def resolve(host: str, port: int, allowed: IPv4Network | IPv6Network | None) -> str:
    """The address to connect to, resolved once.

    Args:
        allowed: the private network that the receiver may be in.

    Raises:
        AddressNotAllowedError: none of its addresses may be sent to.
        OSError: the name cannot be resolved.
    """
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for text in found:
        if is_allowed(text, host, allowed):
            return text
    raise AddressNotAllowedError("it has only addresses that nothing may be sent to: see allow_network")


def is_allowed(text: str, host: str, allowed: IPv4Network | IPv6Network | None) -> bool:
    """Whether a webhook to this host may go to this address."""
    address = ip_address(text.partition("%")[0])
    if host in LOOPBACK_HOSTS:
        return address.is_loopback
    return all(_is_public(form) or (allowed is not None and form in allowed) for form in _forms(address))


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _forms(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """The address that packets go to: an IPv6 address may be a wrapped IPv4 one."""
    if isinstance(address, IPv4Address):
        yield address
        return
    wrapped = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        wrapped.append(IPv4Address(int(address) & 0xFFFFFFFF))
    inner = [one for one in wrapped if one is not None]
    if address in _LOCAL_NAT64 or not inner:
        yield address
    yield from inner
