"""Reads replies to stream commands, in either of the client's two shapes."""

from typing import Any


def entries_of(answer: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The entries of an XREAD or XREADGROUP of one stream, without those deleted meanwhile."""
    if not answer:
        return []
    chunks = answer.values() if isinstance(answer, dict) else (chunk for _, chunk in answer)
    entries: list[tuple[bytes, dict[bytes, bytes]]] = []
    for chunk in chunks:
        nested = chunk and isinstance(chunk[0], list)
        entries += chunk[0] if nested else chunk
    return [(id_, fields) for id_, fields in entries if fields is not None]


def entries_of_range(answer: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The entries of an XRANGE."""
    return list(answer)
