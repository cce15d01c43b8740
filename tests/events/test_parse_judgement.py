"""In what order an event is judged, how large it may be, and that it cannot be altered."""

from typing import Any

import pytest
from pydantic import ValidationError

from events.envelope import MAX_EVENT_BYTES
from events.inbound import BookingCreated, IceContacted
from tests.support.event_samples import ALL, INSTANT, raw, rejected, taken

CHECK = "custody.warrant_check.completed.v1"


def padded(size: int) -> bytes:
    """A valid event of exactly so many bytes."""
    text = raw(CHECK, ALL[CHECK], ext="")
    return text[:-2] + b"x" * (size - len(text)) + text[-2:]


def test_an_event_may_have_64_kib_and_not_a_byte_more() -> None:
    assert MAX_EVENT_BYTES == 65_536
    assert len(padded(65_536)) == 65_536
    taken(padded(65_536))
    assert rejected(padded(65_537)).reason == "too_large"
    assert rejected(raw(CHECK, ALL[CHECK]) + b" " * 65_536).reason == "too_large"


# Each breaks its own rule and all that are judged after it.
PRECEDENCE = [
    ("too_large", b"x" * 65_537),
    ("not_json", b"{" + raw("custody.no.such.v1", {}, specversion="0")),
    ("not_cloudevent", raw("custody.no.such.v1", {"x": 1}, specversion="0")),
    ("unknown_type", raw("custody.no.such.v1", "no JSON")),
    ("invalid_data", raw("custody.booking.created.v1", {"x": 1})),
]


@pytest.mark.parametrize(("reason", "text"), PRECEDENCE, ids=[reason for reason, _ in PRECEDENCE])
def test_of_several_reasons_the_first_is_given(reason: str, text: bytes) -> None:
    assert rejected(text).reason == reason


def test_a_long_list_of_faults_is_given_in_short() -> None:
    attributes: dict[str, Any] = dict.fromkeys(["specversion", "id", "source", "subject", "time"], 7)
    rejection = rejected(raw(CHECK, ALL[CHECK], **attributes))
    assert rejection.detail.endswith("; and 2 more")
    assert len(rejection.detail) < 500


def test_an_event_cannot_be_altered() -> None:
    event = taken(raw("custody.booking.created.v1", ALL["custody.booking.created.v1"]))
    assert isinstance(event, BookingCreated)
    with pytest.raises(ValidationError):
        event.subject = "B-2"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        event.data.facility = "Van Nuys"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        event.data.charges[0].statute = "187PC"  # type: ignore[misc]


def test_an_event_may_be_composed_in_python_too() -> None:
    sample = taken(raw("custody.ice.contacted.v1", ALL["custody.ice.contacted.v1"]))
    composed = IceContacted.about("B-1", sample.data, id="e1", source="urn:test:jms", time=INSTANT)
    assert composed == sample
    assert taken(composed.model_dump_json().encode()) == sample
    assert taken(composed.to_wire()) == sample
    with pytest.raises(ValidationError):
        IceContacted.about("B 1", sample.data, id="e1", source="urn:test:jms", time=INSTANT)
