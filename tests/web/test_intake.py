"""`POST /events` says yes only to what the clock will take, and keeps the rest for a person."""

from datetime import timedelta

import pytest

from tests.support.bookings import SOURCE, bail_posted, booked, now, raw
from tests.support.sender import BATCH, ONE, changed, in_the_inbox, sender
from tests.support.worker_by_hand import alarms, rejected, repeat_until_empty, the_record
from worker.engine import intake
from worker.store.context import Context


def work_inbox(context: Context) -> None:
    """Do what the worker does with the inbox."""
    for shard in context.shards:
        repeat_until_empty(lambda shard=shard: intake.work_one_batch(context, shard))


def test_an_event_is_accepted_and_takes_effect(context: Context) -> None:
    event = booked("B-1", due_at=now() + timedelta(hours=1))
    with sender(context) as upstream:
        answer = upstream.post(raw(event))
    assert (answer.status_code, answer.json()) == (202, {"accepted": [event.id], "refused": []})
    work_inbox(context)
    assert the_record(context, "B-1").state == "held"


def test_a_bad_event_costs_no_other_its_place_and_is_kept_with_an_alarm(context: Context) -> None:
    good = raw(booked("B-1", due_at=now() + timedelta(hours=1), id="e0"))
    bad = changed(raw(bail_posted("B-1", now(), id="e1")), type="custody.clock.paused.v1")
    last = raw(bail_posted("B-1", now(), id="e2"))
    with sender(context) as upstream:
        answer = upstream.batch(good, bad, last)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == ["e0", "e2"]
    [refused] = answer.json()["refused"]
    assert (refused["index"], refused["id"], refused["reason"]) == (1, "e1", "unknown_type")
    assert "inbound type" in refused["detail"]
    work_inbox(context)
    assert rejected(context) == [("unknown_type", bad)]
    assert ("event_refused", "B-1") in alarms(context)
    assert the_record(context, "B-1").state == "released"


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"{", ONE, "not_json"),
        (b"[1]", ONE, "not_cloudevent"),
        (b"{}", ONE, "not_cloudevent"),
        (b"", ONE, "not_json"),
        (b"hello", BATCH, "not_json"),
        (b"[{},", BATCH, "not_json"),
        (b"[{}]]", BATCH, "not_json"),
        (b"", BATCH, "not_json"),
        (b"[7]", BATCH, "not_cloudevent"),
        (b'"text"', BATCH, "not_json"),
    ],
)
def test_where_nothing_can_be_accepted_the_answer_is_400_and_all_is_kept(
    context: Context, body: bytes, content_type: str, reason: str
) -> None:
    with sender(context) as upstream:
        answer = upstream.post(body, content_type)
    assert answer.status_code == 400
    assert answer.json()["accepted"] == []
    assert [(event["index"], event["reason"]) for event in answer.json()["refused"]] == [(0, reason)]
    work_inbox(context)
    [(_, kept)] = rejected(context)
    assert kept == (body[1:-1] if body == b"[7]" and content_type == BATCH else body)


def test_of_the_source_of_another_nothing_is_taken_and_the_answer_says_which(context: Context) -> None:
    good, other = raw(bail_posted("B-1", now())), changed(raw(bail_posted("B-2", now())), source="urn:other")
    with sender(context) as upstream:
        answers = [
            upstream.post(other),
            upstream.batch(good, other),
            upstream.batch(good, changed(other, type="x")),
        ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "event 1" in answers[1].json()["detail"]
    assert SOURCE in answers[1].json()["detail"]
    assert in_the_inbox(context) == []


@pytest.mark.parametrize(
    ("secret", "status"), [(None, 401), ("wrong", 401), ("desk-secret", 403), ("metrics-secret", 403)]
)
def test_whoever_has_no_intake_token_may_send_nothing(
    context: Context, secret: str | None, status: int
) -> None:
    with sender(context, secret) as upstream:
        answer = upstream.post(raw(bail_posted("B-1", now())))
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert in_the_inbox(context) == []


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json",
        "text/plain",
        "application/cloudevents",
        "application/cloudevents+avro",
        f"{ONE}; charset=utf-16",
        f"{ONE}; charset=latin-1",
    ],
)
def test_another_content_type_is_415_and_says_what_to_send(
    context: Context, content_type: str | None
) -> None:
    with sender(context) as upstream:
        answer = upstream.post(raw(bail_posted("B-1", now())), content_type)
    assert answer.status_code == 415
    assert "UTF-8" in answer.json()["detail"] or ONE in answer.json()["detail"]
    assert in_the_inbox(context) == []


@pytest.mark.parametrize("content_type", [f"{ONE}; charset=utf-8", f'{ONE.upper()};charset="UTF-8"; x=y'])
def test_parameters_and_upper_case_of_the_content_type_are_accepted(
    context: Context, content_type: str
) -> None:
    with sender(context) as upstream:
        assert upstream.post(raw(bail_posted("B-1", now())), content_type).status_code == 202


def test_a_compressed_body_is_415(context: Context) -> None:
    with sender(context) as upstream:
        answer = upstream.post(b"\x1f\x8b", Content_Encoding="gzip")
        assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")
        good = raw(bail_posted("B-1", now()))
        assert upstream.post(good, Content_Encoding="identity").status_code == 202
