"""Many commands in one round trip, with nothing between them and the wire.

The client's own pipeline does more for each command than most of them cost the store.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import hiredis
from redis.exceptions import ResponseError

from worker.store.connection import Client

_WORTH_SENDING_BYTES: Final = 64 * 1024


def ask(client: Client, commands: Iterable[Sequence[str | bytes | int]]) -> Iterator[Any]:
    """The store's answers, in order, each as soon as it is there; an error that it answered is one of them.

    All commands are sent before the first answer is waited for.

    Raises:
        redis.exceptions.ConnectionError, redis.exceptions.TimeoutError: the store did not answer.
    """
    pool: Any = client.connection_pool
    connection = pool.get_connection()
    unanswered = 0
    try:
        packed = bytearray()
        for command in commands:
            parts: Any = tuple(command)
            packed += hiredis.pack_command(parts)
            unanswered += 1
            if len(packed) >= _WORTH_SENDING_BYTES:
                connection.send_packed_command([packed])
                packed = bytearray()
        if packed:
            connection.send_packed_command([packed])
        while unanswered:
            try:
                answer = connection.read_response()
            except ResponseError as error:
                answer = error
            unanswered -= 1
            yield answer
    finally:
        if unanswered:
            connection.disconnect()
        pool.release(connection)
