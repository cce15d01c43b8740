"""The envelope of every event: CloudEvents 1.0 in structured JSON mode."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from events.instants import Instant

MAX_EVENT_BYTES: Final = 64 * 1024
MAX_BATCH_EVENTS: Final = 1000

ONE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"

BOOKING_NUMBER: Final = r"^[A-Za-z0-9._\-/#:]{1,64}$"
BookingNumber = Annotated[str, StringConstraints(pattern=BOOKING_NUMBER)]

_NAME: Final = r"[A-Za-z0-9!#$&^_.+-]+"
_JSON: Final = "[Jj][Ss][Oo][Nn]"
JSON_MEDIA_TYPE: Final = (
    r"^\s*(([Aa][Pp][Pp][Ll][Ii][Cc][Aa][Tt][Ii][Oo][Nn]|[Tt][Ee][Xx][Tt])/"
    rf"{_JSON}|{_NAME}/{_NAME}\+{_JSON})\s*(;.*)?$"
)
"""Any media type whose data is JSON, with or without parameters (WHATWG MIME Sniffing § 4.6).

Without a flag for upper and lower case: the pattern is published, and JSON Schema has no such flag.
"""

PRINTABLE: Final = r"^[^\x00-\x1f\x7f]*$"
"""A text without control characters."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=512, pattern=PRINTABLE)]
"""A short printable text, such as the name of a place or a reference."""

RouteAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
"""The name of a route in the site's routing file; never an address."""


class WireModel(BaseModel):
    """Frozen and strict: an unknown field or a value of the wrong type is an error, never coerced."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)


class Envelope(BaseModel):
    """The attributes of every event. CloudEvents allows further (extension) attributes: they are dropped."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow", hide_input_in_errors=True)

    specversion: Literal["1.0"]
    """The version of CloudEvents."""
    id: Text
    """Identifies the event within its source and booking."""
    source: Text
    """Identifies the sending system, as a URI such as `urn:example:jms`."""
    type: str
    """The event's type."""
    subject: BookingNumber
    """The booking number."""
    time: Instant | None = None
    """When the sender made the event; the store's time where it is left out."""
    datacontenttype: Annotated[str, StringConstraints(pattern=JSON_MEDIA_TYPE)] = "application/json"
    """The media type of `data`."""

    def to_wire(self) -> bytes:
        """The event as JSON in UTF-8, without attributes that are not set."""
        return self.model_dump_json(exclude_none=True).encode()


class Undecided(Envelope):
    """An envelope with any data, or none: tells a broken envelope from broken data."""

    data: Any = Field(default=None)
