"""Many commands in one round trip, written straight to the connection.

The client's own pipeline spends more time on a command than the store does on most of them.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import hiredis
from redis.exceptions import ResponseError

from worker.store.connection import Client

_SEND_AFTER_BYTES: Final = 64 * 1024


def ask(
    client: Client, commands: Iterable[Sequence[str | bytes | int]], *, in_flight: int = sys.maxsize
) -> Iterator[Any]:
    """The store's answers, in order, each as soon as it arrives; an error reply is one of them.

    Args:
        commands: taken one by one, while the store works on earlier ones.
        in_flight: how many commands may be unanswered before the next is taken.

    Raises:
        redis.exceptions.ConnectionError, redis.exceptions.TimeoutError: the store did not answer.
    """
    pool: Any = client.connection_pool
    connection = pool.get_connection()
    packed = bytearray()
    unanswered = 0
    try:
        for command in commands:
            parts: Any = tuple(command)
            packed += hiredis.pack_command(parts)
            unanswered += 1
            is_full = unanswered == in_flight
            if is_full or len(packed) >= _SEND_AFTER_BYTES:
                connection.send_packed_command([packed])
                packed = bytearray()
            if is_full:
                answer = _answer(connection)
                unanswered -= 1
                yield answer
        if packed:
            connection.send_packed_command([packed])
        while unanswered:
            answer = _answer(connection)
            unanswered -= 1
            yield answer
    finally:
        if unanswered:
            connection.disconnect()
        pool.release(connection)


def _answer(connection: Any) -> Any:
    try:
        return connection.read_response()
    except ResponseError as error:
        return error
