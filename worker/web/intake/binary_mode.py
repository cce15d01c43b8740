"""Binary mode of CloudEvents over HTTP: the attributes are headers, the body is the data."""

import base64
from typing import Final
from urllib.parse import unquote_to_bytes

import orjson
from starlette.datastructures import Headers

from events.json_text import read_json

_PREFIX: Final = "ce-"


def structured(headers: Headers, body: bytes) -> bytes:
    """The event as it would be in structured mode."""
    event = {
        name.removeprefix(_PREFIX): _decoded(value)
        for name, value in headers.items()
        if name.startswith(_PREFIX) and name not in {"ce-data", "ce-data_base64"}
    }
    if content_type := headers.get("content-type"):
        event["datacontenttype"] = content_type
    if not body:
        return orjson.dumps(event)
    try:
        # Only what is JSON by itself stays within `data`, whatever it says.
        read_json(body)
    except orjson.JSONDecodeError:
        return orjson.dumps(event | {"data_base64": base64.b64encode(body).decode()})
    return orjson.dumps(event)[:-1] + b',"data":' + body.removeprefix(b"\xef\xbb\xbf") + b"}"


def _decoded(value: str) -> str:
    """The value of an attribute: printable ASCII, all else percent-encoded, and by some SDKs in quotes.

    A header that has other bytes has them in UTF-8.
    """
    text = unquote_to_bytes(value.encode("latin-1")).decode("utf-8", "replace")
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
