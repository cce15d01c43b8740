"""What the official CloudEvents SDKs write is taken as they write it.

Each text was written by the SDK that it is named after, in structured mode, from an event of the contract as
a user of the SDK would compose it. Where an SDK fills in the id and the time, they are as it filled them in.
"""

import pytest

from events.inbound import BailPosted
from events.instants import parse_instant
from tests.support.event_samples import parsed

PYTHON_1 = {  # cloudevents 1.13.0 from PyPI: cloudevents.conversion.to_json(CloudEvent(attributes, data))
    "data as a dictionary": (
        '{"specversion": "1.0", "id": "e1", "source": "urn:example:jms", "type": "custody.bail.posted.v1", '
        '"subject": "2016-00417", "time": "2016-11-15T10:00:00-08:00", '
        '"data": {"posted_at": "2016-11-15T10:00:00-08:00", "kind": "cash"}}'
    ),
    "data as bytes": (
        '{"specversion": "1.0", "id": "e1", "source": "urn:example:jms", "type": "custody.bail.posted.v1", '
        '"subject": "2016-00417", "time": "2016-11-15T10:00:00-08:00", '
        '"data_base64": "eyJwb3N0ZWRfYXQiOiAiMjAxNi0xMS0xNVQxMDowMDowMC0wODowMCIsICJraW5kIjogImNhc2gifQ=="}'
    ),
    "data as text": (
        '{"specversion": "1.0", "id": "e1", "source": "urn:example:jms", "type": "custody.bail.posted.v1", '
        '"subject": "2016-00417", "time": "2016-11-15T10:00:00-08:00", '
        r'"data": "{\"posted_at\": \"2016-11-15T10:00:00-08:00\", \"kind\": \"cash\"}"}'
    ),
    "extension attributes, one of them None": (
        '{"specversion": "1.0", "id": "e1", "source": "urn:example:jms", "type": "custody.bail.posted.v1", '
        '"datacontenttype": "application/json", "subject": "2016-00417", "time": '
        '"2016-11-15T10:00:00-08:00", '
        '"data": {"posted_at": "2016-11-15T10:00:00-08:00", "kind": "cash"}, "traceparent": "00-ab-cd-01", '
        '"sequence": "7", "partitionkey": null}'
    ),
    "id and time left to the SDK": (
        '{"specversion": "1.0", "id": "197d10e2-f7e6-43fa-84cb-4681f834da9f", "source": "urn:example:jms", '
        '"type": "custody.bail.posted.v1", "subject": "2016-00417", "time": '
        '"2026-11-30T17:34:00.591135+00:00", '
        '"data": {"posted_at": "2016-11-15T10:00:00-08:00", "kind": "cash"}}'
    ),
    "a content type with a parameter": (
        '{"specversion": "1.0", "id": "e1", "source": "urn:example:jms", "type": "custody.bail.posted.v1", '
        '"datacontenttype": "application/json; charset=utf-8", "subject": "2016-00417", '
        '"time": "2016-11-15T10:00:00-08:00", "data": {"posted_at": '
        '"2016-11-15T10:00:00-08:00", "kind": "cash"}}'
    ),
    "the event as a pydantic model": (
        '{"specversion":"1.0","id":"e1","source":"urn:example:jms","type":"custody.bail.posted.v1",'
        '"subject":"2016-00417","time":"2026-11-30T17:34:00.692310+00:00",'
        '"data":{"posted_at":"2016-11-15T10:00:00-08:00","kind":"cash"}}'
    ),
}

PYTHON_2 = {  # cloudevents 2.2.0 from PyPI: JSONFormat().write(CloudEvent(attributes, data)), both of core
    "data as a dictionary": (
        '{"type": "custody.bail.posted.v1", "source": "urn:example:jms", "id": "e1", '
        '"subject": "2016-00417", '
        '"time": "2016-11-15T10:00:00-08:00", "specversion": "1.0", '
        '"data": {"posted_at": "2016-11-15T10:00:00-08:00", "kind": "cash"}}'
    ),
    "data as bytes": (
        '{"type": "custody.bail.posted.v1", "source": "urn:example:jms", "id": "e1", '
        '"subject": "2016-00417", '
        '"time": "2016-11-15T10:00:00-08:00", "specversion": "1.0", '
        '"data_base64": "eyJwb3N0ZWRfYXQiOiAiMjAxNi0xMS0xNVQxMDowMDowMC0wODowMCIsICJraW5kIjogImNhc2gifQ=="}'
    ),
    "data as text": (
        '{"type": "custody.bail.posted.v1", "source": "urn:example:jms", "id": "e1", '
        '"subject": "2016-00417", '
        '"time": "2016-11-15T10:00:00-08:00", "specversion": "1.0", '
        r'"data": "{\"posted_at\": \"2016-11-15T10:00:00-08:00\", \"kind\": \"cash\"}"}'
    ),
    "extension attributes": (
        '{"type": "custody.bail.posted.v1", "source": "urn:example:jms", "id": "e1", '
        '"subject": "2016-00417", '
        '"time": "2016-11-15T10:00:00-08:00", "datacontenttype": "application/json", '
        '"traceparent": "00-ab-cd-01", "sequence": "7", "specversion": "1.0", '
        '"data": {"posted_at": "2016-11-15T10:00:00-08:00", "kind": "cash"}}'
    ),
    "id and time left to the SDK": (
        '{"type": "custody.bail.posted.v1", "source": "urn:example:jms", "subject": "2016-00417", '
        '"specversion": "1.0", "id": "0c573b92-9280-4de5-8b4e-39944acc2baa", "time": '
        '"2026-11-30T17:34:00.771386Z", '
        '"data": {"posted_at": "2016-11-15T10:00:00-08:00", "kind": "cash"}}'
    ),
    "a content type with a parameter, through the HTTP binding": (
        '{"type": "custody.bail.posted.v1", "source": "urn:example:jms", "id": "e1", '
        '"subject": "2016-00417", '
        '"time": "2016-11-15T10:00:00-08:00", "datacontenttype": "application/json; charset=utf-8", '
        '"specversion": "1.0", "data": {"posted_at": "2016-11-15T10:00:00-08:00", "kind": "cash"}}'
    ),
}

JAVASCRIPT = {  # cloudevents 10.0.0 from npm, Node.js 20: HTTP.structured(new CloudEvent({...})).body
    "data as an object": (
        '{"id":"e1","time":"2016-11-15T18:00:00.000Z","type":"custody.bail.posted.v1",'
        '"source":"urn:example:jms",'
        '"specversion":"1.0","subject":"2016-00417",'
        '"data":{"posted_at":"2016-11-15T10:00:00-08:00","kind":"cash"}}'
    ),
    "data as a Buffer": (
        '{"id":"e1","time":"2016-11-15T18:00:00.000Z","type":"custody.bail.posted.v1",'
        '"source":"urn:example:jms",'
        '"specversion":"1.0","subject":"2016-00417",'
        '"data_base64":"eyJwb3N0ZWRfYXQiOiIyMDE2LTExLTE1VDEwOjAwOjAwLTA4OjAwIiwia2luZCI6ImNhc2gifQ=="}'
    ),
    "data as a string": (
        '{"id":"e1","time":"2016-11-15T18:00:00.000Z","type":"custody.bail.posted.v1",'
        '"source":"urn:example:jms",'
        '"specversion":"1.0","subject":"2016-00417",'
        r'"data":"{\"posted_at\":\"2016-11-15T10:00:00-08:00\",\"kind\":\"cash\"}"}'
    ),
    "extension attributes of several types, a content type with a parameter": (
        '{"id":"e1","time":"2016-11-15T18:00:00.000Z","type":"custody.bail.posted.v1",'
        '"source":"urn:example:jms",'
        '"specversion":"1.0","datacontenttype":"application/json; charset=utf-8","subject":"2016-00417",'
        '"data":{"posted_at":"2016-11-15T10:00:00-08:00","kind":"cash"},'
        '"traceparent":"00-ab-cd-01","sequence":7,'
        '"urgent":true,"nothing":null}'
    ),
    "an extension attribute that is an object": (
        '{"id":"e1","time":"2016-11-15T18:00:00.000Z","type":"custody.bail.posted.v1",'
        '"source":"urn:example:jms",'
        '"specversion":"1.0","subject":"2016-00417",'
        '"data":{"posted_at":"2016-11-15T10:00:00-08:00","kind":"cash"},"tags":{"a":1}}'
    ),
    "attributes that are null": (
        '{"id":"e1","time":"2016-11-15T18:00:00.000Z","type":"custody.bail.posted.v1",'
        '"source":"urn:example:jms",'
        '"specversion":"1.0","datacontenttype":null,"subject":"2016-00417","dataschema":null,'
        '"data":{"posted_at":"2016-11-15T10:00:00-08:00","kind":"cash"}}'
    ),
    "id and time left to the SDK": (
        '{"id":"fdfc9808-349c-4566-8b0b-28d5985e39fc","time":"2026-11-30T17:34:00.888Z",'
        '"type":"custody.bail.posted.v1","source":"urn:example:jms","specversion":"1.0",'
        '"subject":"2016-00417",'
        '"data":{"posted_at":"2016-11-15T10:00:00-08:00","kind":"cash"}}'
    ),
}

WRITTEN = [
    pytest.param(text, id=f"{sdk}: {how}")
    for sdk, texts in (("Python 1.13", PYTHON_1), ("Python 2.2", PYTHON_2), ("JavaScript 10.0", JAVASCRIPT))
    for how, text in texts.items()
]


@pytest.mark.parametrize("text", WRITTEN)
def test_what_an_sdk_writes_is_taken_and_nothing_is_doubtful_about_it(text: str) -> None:
    result = parsed(text.encode())
    event = result.event
    assert isinstance(event, BailPosted)
    assert (event.source, event.subject, event.data.kind) == ("urn:example:jms", "2016-00417", "cash")
    assert event.data.posted_at == parse_instant("2016-11-15T10:00:00-08:00")
    assert event.time is not None
    assert (result.doubts, result.removed) == ((), ())
    assert parsed(result.raw).event == event
