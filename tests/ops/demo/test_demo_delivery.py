"""The demo's receiver, its routing file, and the checks of what arrived."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

import pytest
from rich.console import Console

from events.outbound import IceReleaseDateGiven, Outbound, RecordReleased, ReleaseOverdue
from ops.demo.delivery_checks import check_delivery
from ops.demo.delivery_summary import print_delivery
from ops.demo.evidence import Evidence
from ops.demo.received import FILES, WEBHOOKS, Received, ReceivedNotice
from ops.demo.receiver import receiving_by_routes
from ops.demo.routes import ROUTES_FILE
from ops.demo.verdict import Verdict
from ops.demo.weekend import weekend
from ops.demo.weekend_events import LOS_ANGELES
from worker.clock import SystemClock
from worker.delivery.routing import NOTICES_FILE_SINK, Routing, WebhookSettings
from worker.delivery.routing_file import read_routing
from worker.delivery.sink import Outcome, OutgoingNotice
from worker.delivery.sinks.webhook import WebhookSink
from worker.desk.letters import write

Falsify: TypeAlias = Callable[[Evidence], Evidence]


def at(evidence: Evidence, audience: str) -> list[ReceivedNotice]:
    return [notice for notice in evidence.received if notice.audience == audience]


def lose(evidence: Evidence, notice: ReceivedNotice) -> Evidence:
    return replace(evidence, received=tuple(one for one in evidence.received if one != notice))


def more(evidence: Evidence, *notices: ReceivedNotice) -> Evidence:
    return replace(evidence, received=(*evidence.received, *notices))


def swap_of_one_booking(evidence: Evidence) -> Evidence:
    """ICE has the last notice about a booking before all others."""
    notices = at(evidence, "ice")
    last = next(one for one in reversed(notices) if one.event.subject == notices[0].event.subject)
    return replace(evidence, received=(last, *lose(evidence, last).received))


def misled(evidence: Evidence) -> Evidence:
    """ICE has the release order of somebody about whom it did not ask."""
    about = {notice.event.subject for notice in at(evidence, "ice")}
    other = next(notice for notice in at(evidence, "jms") if notice.event.subject not in about)
    return more(evidence, replace(other, audience="ice"))


def never_sent(evidence: Evidence) -> Evidence:
    first = at(evidence, "ice")[0]
    return more(evidence, replace(first, event=first.event.model_copy(update={"id": "another"})))


ARRIVED: Final = "every notice to the jail and to ICE arrived"

# The promise, and something that would break it.
FALSIFIED: Final[tuple[tuple[str, Falsify], ...]] = (
    (ARRIVED, lambda e: lose(e, at(e, "jms")[-1])),
    (ARRIVED, lambda e: lose(e, at(e, "ice")[0])),
    (ARRIVED, never_sent),
    (
        "each was signed with its receiver's secret",
        lambda e: replace(e, refused=(("ice", "WebhookVerificationError: No matching signature found"),)),
    ),
    ("each booking's notices arrived in order", swap_of_one_booking),
    ("ICE received nothing about a booking that it did not ask about", misled),
)


def verdicts(evidence: Evidence) -> dict[str, Verdict]:
    return {check.promise: check.verdict for check in check_delivery(evidence)}


def test_a_weekend_whose_notices_all_arrived_keeps_every_promise(truth: Evidence) -> None:
    assert set(verdicts(truth).values()) == {Verdict.OK}


@pytest.mark.parametrize(("promise", "falsify"), FALSIFIED)
def test_a_promise_that_is_not_kept_is_noticed(promise: str, falsify: Falsify, truth: Evidence) -> None:
    assert verdicts(falsify(truth))[promise] is Verdict.FAILED


def test_each_check_is_shown_to_fail(truth: Evidence) -> None:
    assert {promise for promise, _ in FALSIFIED} == set(verdicts(truth))


def test_what_was_superseded_need_not_arrive_and_what_came_twice_is_no_fault(truth: Evidence) -> None:
    missing, repeated = at(truth, "ice")[:2]
    evidence = more(lose(truth, missing), repeated)
    assert verdicts(evidence)[ARRIVED] is Verdict.FAILED
    evidence = replace(evidence, superseded=frozenset({missing.event.id}))
    assert set(verdicts(evidence).values()) == {Verdict.OK}


# The receiver


@pytest.fixture
def received(tmp_path: Path) -> Iterator[Received]:
    """A receiver that runs, with the weekend's routes."""
    with receiving_by_routes(tmp_path, weekend().events) as received:
        yield received


@pytest.fixture
def routing(received: Received) -> Routing:
    return read_routing(received.directory / ROUTES_FILE, received.directory / "notices.jsonl")


def send(routing: Routing, received: Received, notice: ReceivedNotice, *, signed_for: str) -> Outcome:
    """Send a notice to its audience's receiver with the secret of some audience."""
    settings = routing.sinks[notice.audience]
    assert isinstance(settings, WebhookSettings)
    secret = (received.directory / f"{signed_for}.secret").read_text()
    sink = WebhookSink(settings, [secret], SystemClock())
    return sink.send([OutgoingNotice("1-0", notice.event, notice.event.to_wire(), 1)]).outcome


@pytest.mark.parametrize("audience", WEBHOOKS)
def test_what_is_signed_for_a_receiver_arrives_there(
    audience: str, truth: Evidence, routing: Routing, received: Received
) -> None:
    notice = at(truth, audience)[0]
    assert send(routing, received, notice, signed_for=audience) is Outcome.DELIVERED
    assert received.by_webhook == [notice] == [received.last]
    assert not received.refused


def test_what_is_signed_for_another_receiver_is_refused(
    truth: Evidence, routing: Routing, received: Received
) -> None:
    assert send(routing, received, at(truth, "ice")[0], signed_for="jms") is Outcome.AGAIN
    assert not received.by_webhook
    assert [audience for audience, _ in received.refused] == ["ice"]


def test_every_notice_of_the_weekend_has_one_sink_and_ice_has_one_that_nobody_else_uses(
    truth: Evidence, routing: Routing
) -> None:
    for sent in truth.sent:
        addressed = routing.address(sent.event)
        assert addressed.sinks == (sent.event.audience,)
        assert not addressed.is_alias_unknown
    users = [audience for audience, sinks in routing.audiences.items() if "ice" in sinks]
    assert users == ["ice"]
    assert set(routing.sinks) == {*WEBHOOKS, *FILES, NOTICES_FILE_SINK}


def test_files_are_read_as_they_grow_and_by_line_in_the_end(truth: Evidence, tmp_path: Path) -> None:
    received = Received(tmp_path, [at(truth, "jms")[0]])
    assert received.counts() == {"jms": 1, "watch": 0}
    first, second = (notice.event.to_wire() + b"\n" for notice in at(truth, "watch")[:2])
    watch = tmp_path / FILES["watch"]
    watch.write_bytes(first + second[:40])
    assert received.counts()["watch"] == 1
    watch.write_bytes(first + second)
    assert received.everything() == (at(truth, "jms")[0], *at(truth, "watch")[:2])


# The summary


def last(evidence: Evidence, kind: type[Outbound], **data: str) -> Outbound:
    """The last notice of a kind with these data that arrived."""
    return next(
        notice.event
        for notice in reversed(evidence.received)
        if isinstance(notice.event, kind)
        and all(getattr(notice.event.data, name) == value for name, value in data.items())
    )


@pytest.mark.parametrize("width", [80, 140])
def test_the_summary_has_a_row_for_each_audience_and_three_letters(width: int, truth: Evidence) -> None:
    sink = io.StringIO()
    print_delivery(Console(file=sink, width=width), truth)
    lines = sink.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    text = " ".join(sink.getvalue().replace("│", " ").split())
    assert f"jail webhook {len(at(truth, 'jms'))} 0 {len(at(truth, 'jms'))} verified kept" in text
    for event in (
        last(truth, RecordReleased, basis="deadline"),
        last(truth, IceReleaseDateGiven, hold_request="declined"),
        last(truth, ReleaseOverdue),
    ):
        letter = write(event, LOS_ANGELES)
        assert f"{letter.subject} ─" in text
        assert " ".join(letter.text.split()) in text
