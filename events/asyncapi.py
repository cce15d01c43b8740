"""The AsyncAPI 3.1 document: where events go in and out, generated from the models.

OpenAPI describes requests and answers of `POST /events`; this describes all ways, streams included.
"""

import inspect
import json
from collections.abc import Iterable
from typing import Any, Final

from events.envelope import BATCH, MAX_BATCH_EVENTS, ONE, Envelope
from events.inbound import INBOUND_TYPES
from events.outbound import OUTBOUND_TYPES
from events.schema import CONTRACT_VERSION, REFS, components

_POST: Final = {"http": {"method": "POST", "bindingVersion": "0.3.0"}}

_DESCRIPTION: Final = """\
Every message is one CloudEvents 1.0 event in structured JSON mode; `POST /events` takes batches too. The \
subject of an event is the booking number. Repeats are harmless, in and out: source, id and subject identify \
an event. Fields, and what each event does, are in the schemas.\
"""

_SERVERS: Final = {
    "store": {
        "host": "127.0.0.1:6379",
        "protocol": "redis",
        "description": "Valkey or Redis, as CUSTODY_STORE_URL names it.",
    },
    "board": {
        "host": "127.0.0.1:8247",
        "protocol": "http",
        "description": "The board, as CUSTODY_BOARD_HOST and CUSTODY_BOARD_PORT say.",
    },
}


def document() -> dict[str, Any]:
    """The whole document."""
    inbound, outbound = _names(INBOUND_TYPES), _names(OUTBOUND_TYPES)
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Custody clock",
            "version": CONTRACT_VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": ONE,
        "servers": _SERVERS,
        "channels": _channels(inbound, outbound),
        "operations": _operations(inbound, outbound),
        "components": {
            "schemas": components((*INBOUND_TYPES, *OUTBOUND_TYPES)),
            "messages": {model.__name__: _message(model) for model in (*INBOUND_TYPES, *OUTBOUND_TYPES)}
            | {"Batch": _batch(inbound)},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def text() -> str:
    """The document as it is published."""
    return json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _channels(inbound: list[str], outbound: list[str]) -> dict[str, Any]:
    return {
        "inbox": _stream(
            "inbox", inbound, "XADD with the one field `event`, the event as JSON. The store's ids (`*`)."
        ),
        "events": {
            "address": "/events",
            "description": "One event, or a batch. The answers are in the OpenAPI document.",
            "servers": [{"$ref": "#/servers/board"}],
            "messages": _messages([*inbound, "Batch"]),
        },
        "outbox": _stream(
            "outbox",
            outbound,
            "One field `event`. Any system may read it, through a separate consumer group.",
        ),
        "webhook": {
            "address": None,
            "description": "The URL of a sink of the routing file. At least once, in order for one booking; "
            "signed as Standard Webhooks say: webhook-id, webhook-timestamp, webhook-signature.",
            "messages": _messages(outbound),
        },
    }


def _stream(name: str, messages: list[str], description: str) -> dict[str, Any]:
    """Braces in an address begin a parameter, and the key has braces: so all of it is a parameter."""
    return {
        "address": "{stream}",
        "description": f"A Redis stream. {description}",
        "servers": [{"$ref": "#/servers/store"}],
        "parameters": {
            "stream": {
                "default": f"{{custody:0}}:{name}",
                "description": "The key. With CUSTODY_SHARDS = n the 0 is the shard of the booking: "
                "the CRC-32 of its number in UTF-8, modulo n.",
            }
        },
        "messages": _messages(messages),
    }


def _operations(inbound: list[str], outbound: list[str]) -> dict[str, Any]:
    from_inbox, over_http = "The clock takes events from its inbox.", "The clock takes events over HTTP."
    commits, delivers = "The clock commits what it sends.", "The notifier delivers by the routing file."
    return {
        "takeFromInbox": _operation("receive", "inbox", inbound, from_inbox),
        "takeOverHttp": _operation("receive", "events", [*inbound, "Batch"], over_http, _POST),
        "sendToOutbox": _operation("send", "outbox", outbound, commits),
        "sendByWebhook": _operation("send", "webhook", outbound, delivers, _POST),
    }


def _operation(
    action: str, channel: str, messages: list[str], summary: str, bindings: dict[str, Any] | None = None
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
    }
    if bindings:
        operation["bindings"] = bindings
    if channel == "events":
        operation["security"] = [{"$ref": "#/components/securitySchemes/token"}]
    return operation


def _messages(names: list[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _message(model: type[Envelope]) -> dict[str, Any]:
    summary, _, more = inspect.cleandoc(model.__doc__ or "").partition("\n\n")
    message = {
        "name": model.model_fields["type"].default,
        "title": model.__name__,
        "summary": summary,
        "contentType": ONE,
        "payload": {"$ref": f"{REFS}{model.__name__}"},
    }
    return message | ({"description": more} if more else {})


def _batch(inbound: list[str]) -> dict[str, Any]:
    return {
        "name": "batch",
        "title": "Batch",
        "summary": "Several events at once; one that cannot be understood costs no other its place.",
        "contentType": BATCH,
        "payload": {
            "type": "array",
            "maxItems": MAX_BATCH_EVENTS,
            "items": {"oneOf": [{"$ref": f"{REFS}{name}"} for name in inbound]},
        },
    }


def _names(models: Iterable[type[Envelope]]) -> list[str]:
    return [model.__name__ for model in models]
