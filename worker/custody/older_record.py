"""Documents of records as earlier versions of the software wrote them, brought into the form of today."""

from typing import Any

import orjson
from msgspec import DecodeError
from msgspec.json import encode


def brought_up_to_date(document: bytes) -> bytes:
    """The same record as it is written now.

    Digests were hexadecimal, a charge was an object, and the profile's fingerprint a field of its own.

    Raises:
        msgspec.DecodeError: this is no such document.
    """
    try:
        record: dict[str, Any] = orjson.loads(document)
        changes: dict[str, Any] = {
            "chain": bytes.fromhex(record["chain"]),
            "profile": [record["profile"], record.pop("profile_version")],
            "seen": [bytes.fromhex(key) for key in record.get("seen", ())],
        }
        if record.get("facts"):
            charges = [_charge(**charge) for charge in record["facts"]["charges"]]
            changes["facts"] = record["facts"] | {"charges": charges}
    except (ValueError, KeyError, TypeError) as error:
        raise DecodeError("not a custody record") from error
    return encode(record | changes)


def _charge(*, statute: Any, level: Any, description: Any = None) -> list[Any]:
    return [statute, level, description]
