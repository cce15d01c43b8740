"""Cuts a JSON array into the texts of its items, each as it came."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_WHITESPACE: Final = b" \t\r\n"
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{},]', re.DOTALL)
_MOST_TOKENS: Final = 1_000_000
_MOST_COMMAS: Final = 500_000
"""More are hardly a batch of events: a decoder would make an object of each of three million items."""


def items_of(body: bytes, most: int) -> list[bytes] | None:
    """The items of an array; one that is no JSON costs no other its place. At most one more than `most`.

    Returns:
        None if this is no array whose items can be told apart.
    """
    text = body.removeprefix(_BYTE_ORDER_MARK).strip(_WHITESPACE)
    if not text.startswith(b"["):
        return None
    if text.count(b",") <= _MOST_COMMAS:
        try:
            return [bytes(item) for item in _ARRAY.decode(text)[: most + 1]]
        except (msgspec.DecodeError, RecursionError):
            pass
    return _items_one_by_one(text, most)


def _items_one_by_one(text: bytes, most: int) -> list[bytes] | None:
    """As far as one more than the most, and also where there is what is no JSON.

    Only brackets, commas and strings are looked at: NaN or half a character is one item's trouble.
    """
    items: list[bytes] = []
    start = 1
    for end, is_last in _ends(text):
        items.append(text[start:end].strip(_WHITESPACE))
        start = end + 1
        if is_last:
            is_whole = end == len(text) - 1
            return (items if items != [b""] else []) if is_whole else None
        if len(items) > most:
            return items
    return None


def _ends(text: bytes) -> Iterator[tuple[int, bool]]:
    """Where each item of the array ends, and whether it is the last."""
    depth = 0
    for count, token in enumerate(_TOKEN.finditer(text)):
        if count == _MOST_TOKENS:
            return
        match token[0]:
            case b"[" | b"{":
                depth += 1
            case b"]" | b"}":
                depth -= 1
                if depth == 0:
                    yield token.start(), True
                    return
            case b"," if depth == 1:
                yield token.start(), False
            case _:
                pass
