"""What `GET /openapi.json` says about `POST /events`."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from events.envelope import BATCH, MAX_BATCH_EVENTS, ONE
from events.inbound import INBOUND_TYPES
from events.parse import RejectReason
from events.schema import REFS, components
from worker.web.intake.media import MAX_BATCH_BYTES

_EVENT: Final = {"$ref": f"{REFS}InboundEvent"}

DESCRIPTION: Final = f"""\
Takes one CloudEvent, a batch of at most {MAX_BATCH_EVENTS} in at most {MAX_BATCH_BYTES // 1024**2} MiB, or \
one in binary mode (attributes in `ce-` headers, `data` as the body). An event has at most 64 KiB.

202 says that the store has on disk, and the wanted number of replicas have, all that is accepted, and that \
the site can put it in again if the store is lost. An event that cannot be understood is refused, kept for a \
person, and costs no other its place. Sending the same events again is harmless, so send them again after \
any answer that is missing, 429 or 5xx.
"""

_EXAMPLE: Final = {
    "specversion": "1.0",
    "id": "bail-20161115-0042",
    "source": "urn:example:jms",
    "type": "custody.bail.posted.v1",
    "subject": "2016-00417",
    "time": "2016-11-15T10:00:00-08:00",
    "data": {"posted_at": "2016-11-15T10:00:00-08:00", "kind": "cash"},
}


class RefusedEvent(BaseModel):
    """An event that does not take effect; it is kept among the rejects, and the watch is alarmed."""

    model_config = ConfigDict(frozen=True)

    index: int = Field(description="Its place in the request, from 0.")
    id: str | None = Field(description="Its `id`; null where it cannot be read.")
    reason: RejectReason
    detail: str = Field(description="The fields, the rules that they break, and what to do.")


class Answer(BaseModel):
    """What became of the events of a request."""

    model_config = ConfigDict(frozen=True)

    accepted: tuple[str, ...] = Field(description="The ids of the events that take effect, in order.")
    refused: tuple[RefusedEvent, ...]


class Problem(BaseModel):
    """Why nothing was taken, and what to do."""

    detail: str


_RETRY_AFTER: Final = {
    "Retry-After": {"description": "Seconds after which to send it again.", "schema": {"type": "integer"}}
}


def _problem(description: str, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"model": Problem, "description": description, "headers": headers or {}}


RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    202: {"model": Answer, "description": "What is accepted is safe"},
    400: {
        "description": "Nothing could be accepted; or the connection ended within the body",
        "content": {
            "application/json": {"schema": {"anyOf": [{"$ref": f"{REFS}Answer"}, {"$ref": f"{REFS}Problem"}]}}
        },
    },
    401: _problem("No token, or an unknown one"),
    403: _problem("The token's role or `source` is another, or there is no token file; nothing was taken"),
    408: _problem("The body did not arrive within 10 s"),
    413: _problem("Too many bytes, or too many events; nothing was taken"),
    415: _problem("Another content type, or a compressed body"),
    429: _problem("Too many requests at once with this token", _RETRY_AFTER),
    503: _problem(
        "The store or the disk cannot take events, or not safely enough: send the same ones again",
        _RETRY_AFTER,
    ),
}

OPERATION: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            ONE: {"schema": _EVENT, "examples": {"bail": {"value": _EXAMPLE}}},
            BATCH: {
                "schema": {"type": "array", "maxItems": MAX_BATCH_EVENTS, "items": _EVENT},
                "examples": {"bail": {"value": [_EXAMPLE]}},
            },
        },
    }
}


def with_events(openapi: dict[str, Any]) -> dict[str, Any]:
    """The document, with the schemas of all inbound events."""
    schemas = components(INBOUND_TYPES)
    types = {model.model_fields["type"].default: f"{REFS}{model.__name__}" for model in INBOUND_TYPES}
    one = {
        "description": "An event that the clock takes.",
        "oneOf": [{"$ref": ref} for ref in types.values()],
        "discriminator": {"propertyName": "type", "mapping": types},
    }
    openapi["components"]["schemas"] |= {"InboundEvent": one, **schemas}
    return openapi
