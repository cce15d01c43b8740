"""Many commands in one round trip, with nothing between them and the wire.

The client's own pipeline does more for each command than most of them cost the store.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import hiredis
from redis.exceptions import ResponseError

from worker.store.connection import Client

_WORTH_SENDING_BYTES: Final = 64 * 1024


def ask(
    client: Client, commands: Iterable[Sequence[str | bytes | int]], *, at_a_time: int = sys.maxsize
) -> Iterator[Any]:
    """The store's answers, in order, each as soon as it is there; an error that it answered is one of them.

    Args:
        commands: taken one by one, each while the store works on those before.
        at_a_time: how many may be on the way; then the first of them is waited for before another is taken.

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
            is_full = unanswered == at_a_time
            if is_full or len(packed) >= _WORTH_SENDING_BYTES:
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
