"""The official CloudEvents SDKs post to `POST /events` as their users write it, over real HTTP."""

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
import requests
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from cloudevents.v1.conversion import to_binary, to_structured
from cloudevents.v1.http import CloudEvent as CloudEventOf1

from tests.support.bookings import SOURCE, booked, now
from tests.support.sender import INTAKE, TOKENS, in_the_inbox
from tests.support.web_server import web_server
from tests.support.worker_by_hand import alarms, put, repeat_until_empty, the_record
from worker.engine import intake
from worker.store.context import Context

AUTHORIZATION = {"Authorization": f"Bearer {INTAKE}"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}
ATTRIBUTES = {
    "type": "custody.bail.posted.v1",
    "source": SOURCE,
    "subject": "B-1",
    "datacontenttype": "application/json",
}


@pytest.fixture
def url(context: Context) -> Iterator[str]:
    """Where to post to."""
    with web_server(context, TOKENS) as base:
        yield f"{base}/events"


@pytest.fixture
def bail() -> dict[str, Any]:
    """What a user gives an SDK as data."""
    return {"posted_at": now().isoformat(), "kind": "cash"}


def takes_effect(context: Context) -> bool:
    """Whether the person of the booking, held until then, is released by what was posted, without doubt."""
    put(context, booked("B-1", due_at=now().replace(year=now().year + 1)))
    repeat_until_empty(lambda: intake.work_one_batch(context, context.shards[0]))
    doubts = {code for code, _ in alarms(context)} - {"time_doubtful"}
    return the_record(context, "B-1").state == "released" and not doubts


def by_requests(url: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
    answer = requests.post(url, data=body, headers=headers | AUTHORIZATION, timeout=20)
    return answer.status_code, answer.json()


def by_httpx(url: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
    answer = httpx2.post(url, content=body, headers=headers | AUTHORIZATION)
    return answer.status_code, answer.json()


def by_urllib(url: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
    request = urllib.request.Request(url, body, headers | AUTHORIZATION)  # noqa: S310 - our own server
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return answer.status, json.load(answer)


@pytest.mark.parametrize("mode", [to_structured_event, to_binary_event])
@pytest.mark.parametrize("post", [by_requests, by_httpx, by_urllib])
def test_one_event_of_the_python_sdk(
    context: Context, url: str, bail: dict[str, Any], mode: Callable[..., Any], post: Callable[..., Any]
) -> None:
    event = CloudEvent(attributes=dict(ATTRIBUTES), data=bail)
    message = mode(event)
    assert post(url, dict(message.headers), message.body) == (
        202,
        {"accepted": [event.get_id()], "refused": []},
    )
    assert takes_effect(context)


@pytest.mark.parametrize("mode", [to_structured, to_binary])
def test_one_event_of_the_python_sdk_of_version_1(
    context: Context, url: str, bail: dict[str, Any], mode: Callable[..., Any]
) -> None:
    event = CloudEventOf1(dict(ATTRIBUTES), bail)
    headers, body = mode(event)
    assert by_requests(url, headers, body) == (202, {"accepted": [event["id"]], "refused": []})
    assert takes_effect(context)


def test_attributes_beyond_ascii_and_extensions_in_binary_mode(
    context: Context, url: str, bail: dict[str, Any]
) -> None:
    event = CloudEvent(attributes=ATTRIBUTES | {"id": "Kaution für 100 %", "partitionkey": "7"}, data=bail)
    message = to_binary_event(event)
    assert by_requests(url, dict(message.headers), message.body)[1]["accepted"] == ["Kaution für 100 %"]
    assert takes_effect(context)


def test_a_batch_of_the_python_sdk(context: Context, url: str, bail: dict[str, Any]) -> None:
    """The SDK writes single events: its user puts them into an array."""
    events = [CloudEvent(attributes=dict(ATTRIBUTES), data=bail) for _ in range(3)]
    body = b"[" + b",".join(JSONFormat().write(event) for event in events) + b"]"
    ids = [event.get_id() for event in events]
    assert by_requests(url, BATCH, body) == (202, {"accepted": ids, "refused": []})
    assert takes_effect(context)


# Run with NODE_PATH at a directory in which `npm install cloudevents` was done.
JAVASCRIPT = """
const { CloudEvent, HTTP, Mode, emitterFor, httpTransport } = require('cloudevents')
const { url, authorization, source, data } = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const bail = id => new CloudEvent({ id, type: 'custody.bail.posted.v1', source, subject: 'B-1', data })
const post = async ({ headers, body }) => {
  const answer = await fetch(url, { method: 'POST', headers: { ...headers, ...authorization }, body })
  return [answer.status, await answer.json()]
}
const main = async () => {
  const batch = JSON.stringify([bail('batch-1'), bail('batch-2')])
  const answers = [
    await post(HTTP.structured(bail('structured'))),
    await post(HTTP.binary(bail('binary'))),
    await post({ headers: { 'content-type': 'application/cloudevents-batch+json' }, body: batch }),
  ]
  for (const mode of [Mode.STRUCTURED, Mode.BINARY]) {
    const answer = await emitterFor(httpTransport(url), { mode })(bail('emitted'), { headers: authorization })
    answers.push([202, JSON.parse(answer.body)])
  }
  console.log(JSON.stringify(answers))
}
main()
"""


def test_the_javascript_sdk(context: Context, url: str, bail: dict[str, Any]) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    has_sdk = [node, "-e", "require.resolve('cloudevents')"]
    if subprocess.run(has_sdk, capture_output=True, check=False, env=os.environ).returncode:
        pytest.skip("the CloudEvents SDK is not installed for node")
    given = {"url": url, "authorization": AUTHORIZATION, "source": SOURCE, "data": bail}
    ran = subprocess.run(
        [node, "-e", JAVASCRIPT],
        input=json.dumps(given).encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    ids = [["structured"], ["binary"], ["batch-1", "batch-2"], ["emitted"], ["emitted"]]
    assert json.loads(ran.stdout) == [[202, {"accepted": some, "refused": []}] for some in ids]
    assert len(in_the_inbox(context)) == 6
    assert takes_effect(context)
