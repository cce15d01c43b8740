"""A server that is set up wrongly for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from worker.store.connection import Client


@contextmanager
def configured(client: Client, setting: str, value: str) -> Iterator[None]:
    """The server with a setting changed."""
    before = client.config_get(setting)[setting] or ""
    client.config_set(setting, value)
    try:
        yield
    finally:
        client.config_set(setting, before)


@contextmanager
def replica(client: Client) -> Iterator[None]:
    """The server as a replica of a primary that does not answer; it still serves what it has."""
    client.replicaof("127.0.0.1", "1")
    try:
        yield
    finally:
        client.replicaof("NO", "ONE")


@contextmanager
def forbidden(client: Client, *commands: str) -> Iterator[None]:
    """The server with commands that its users may not give."""
    client.execute_command("ACL", "SETUSER", "default", *(f"-{command}" for command in commands))
    try:
        yield
    finally:
        client.execute_command("ACL", "SETUSER", "default", "+@all")
