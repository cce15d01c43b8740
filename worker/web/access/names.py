"""Under which name the board was asked for, and where it listens."""

import ipaddress
import re
from typing import Final

from starlette.requests import HTTPConnection

_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?")


def is_loopback(host: str) -> bool:
    """Whether a host name or an address is this machine itself."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def asked_host(request: HTTPConnection) -> str | None:
    """The name in the Host header, in lower case and without the port; None where it cannot be one."""
    hosts = request.headers.getlist("host")
    match = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    return match[1].lower() if match else None


def is_loopback_request(request: HTTPConnection) -> bool:
    """Plain HTTP to this very machine, which leaves it as little as https leaves the connection.

    A browser names a loopback host only when it connects to its own machine; who forges the name forges it
    for himself.
    """
    host = asked_host(request)
    return request.scope["scheme"] == "http" and host is not None and is_loopback(host)


def is_open_to_readers(request: HTTPConnection) -> bool:
    """Whether a token would cross a network where it can be read: plain HTTP, and not to this machine."""
    return request.scope["scheme"] == "http" and not is_loopback_request(request)
