"""Reads JSON as senders write it: with a byte-order mark, cut-off characters, in Base64 or in a string."""

import base64
import json
from typing import Any, Final, NoReturn

import orjson

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_WHITESPACE: Final = b" \t\r\n"


def read_json(raw: bytes) -> Any:
    """Read JSON in UTF-8; the last of two fields with the same name counts.

    Half a surrogate pair, as of a text cut off within a character, becomes U+FFFD.

    Raises:
        orjson.JSONDecodeError: not JSON in UTF-8, or nested more than some 1,000 deep.
    """
    text = raw.removeprefix(_BYTE_ORDER_MARK)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        try:
            return _read_what_orjson_does_not(text.decode())
        except (ValueError, RecursionError):
            raise error from None


def read_wrapped(found: dict[str, Any]) -> Any:
    """The `data` of an event, also where it is JSON in a string or, in `data_base64`, in Base64; else None.

    So SDKs write data that they are given as bytes or as text.

    Raises:
        ValueError: it is in a string or in Base64, and is not JSON there.
    """
    data, encoded = found.get("data"), found.get("data_base64")
    if isinstance(data, str):
        return read_json(data.encode())
    if data is None and encoded is not None:
        if not isinstance(encoded, str):
            raise ValueError("data_base64 is not a string")
        return read_json(base64.b64decode("".join(encoded.split()), validate=True))
    return data


def count_names(raw: bytes) -> int:
    """How many names of fields a JSON text has; too many where a string has a quote and a colon in it."""
    return raw.translate(None, _WHITESPACE).count(b'":')


def _read_what_orjson_does_not(text: str) -> Any:
    """Half surrogate pairs, and numbers out of range: no field of the contract is a number."""
    found = json.loads(text, parse_int=_any_number, parse_float=_any_number, parse_constant=_no_number)
    written = json.dumps(found, ensure_ascii=False)
    return orjson.loads(written.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))


def _any_number(_: str) -> int:
    return 0


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
