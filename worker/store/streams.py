"""Reads replies to stream commands, in either of the client's two shapes."""

from typing import Any


def entries_of(answer: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The entries of an XREAD of one stream."""
    return [(id_, fields) for id_, fields in entries_of_group(answer) if fields]


def entries_of_group(answer: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The entries of an XREADGROUP of one stream; those deleted meanwhile have no fields."""
    if not answer:
        return []
    chunks = answer.values() if isinstance(answer, dict) else (chunk for _, chunk in answer)
    entries: list[tuple[bytes, dict[bytes, bytes]]] = []
    for chunk in chunks:
        nested = chunk and isinstance(chunk[0], list)
        entries += chunk[0] if nested else chunk
    return [(id_, fields or {}) for id_, fields in entries]


def entries_of_range(answer: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The entries of an XRANGE."""
    return list(answer)


def entries_as_sent(answer: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The entries of an XRANGE or XREVRANGE that `pipelining.ask` sent: fields and values in one list."""
    return [(id_, dict(zip(fields[::2], fields[1::2], strict=True))) for id_, fields in answer]
