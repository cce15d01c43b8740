"""Reads the body of a request: no more of it than allowed, and not for longer."""

import asyncio
from typing import Final

from starlette.requests import ClientDisconnect, Request

from worker.web.refusal import RequestRefusedError

ARRIVES_WITHIN_SECONDS: Final = 10


def announced_bytes(request: Request, most: int) -> int:
    """How long the body will be, as far as that is known: at most as long as allowed.

    Raises:
        RequestRefusedError: 413, longer than allowed.
    """
    announced = request.headers.get("content-length")
    if announced is None:
        return most
    if int(announced) > most:
        raise _too_large(most)
    return int(announced)


async def read_body(request: Request, most: int) -> bytes:
    """The whole body.

    Raises:
        RequestRefusedError: 413, longer than allowed: the rest is not read; 408, too slow; 400, cut off.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(ARRIVES_WITHIN_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise _too_large(most)
    except TimeoutError:
        raise RequestRefusedError(
            408, f"the body did not arrive within {ARRIVES_WITHIN_SECONDS} s: send it again"
        ) from None
    except ClientDisconnect:
        raise RequestRefusedError(400, "the connection ended within the body") from None
    return bytes(body)


def _too_large(most: int) -> RequestRefusedError:
    return RequestRefusedError(413, f"the body has more than {most} bytes: send less at once")
