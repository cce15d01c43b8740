"""The demo's own checks hold for a weekend that went as it should, and each of them can fail."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, TypeAlias

import pytest
from msgspec import structs

from events.outbound import (
    ClockAlarmed,
    IceReleaseDateGiven,
    Outbound,
    RecordReleased,
    ReleaseOverdue,
    SubjectReleaseDateGiven,
)
from ops.demo.checks import check_always
from ops.demo.evidence import Evidence
from ops.demo.script import weekend_script
from ops.demo.verdict import Check, Verdict
from ops.demo.weekend import Expectations
from ops.demo.weekend_checks import check_weekend

Falsify: TypeAlias = Callable[[Evidence], Evidence]
Picks: TypeAlias = Callable[[Outbound], bool]

MINUTE: Final = timedelta(minutes=1)


@pytest.fixture(scope="module")
def expected() -> Expectations:
    """What the script of the weekend leads to."""
    expectations = weekend_script().expectations
    assert expectations is not None
    return expectations


def checked(expected: Expectations, evidence: Evidence) -> dict[str, Check]:
    return {check.promise: check for check in check_always(evidence) + check_weekend(expected, evidence)}


def restate(evidence: Evidence, picks: Picks, **data: Any) -> Evidence:
    """Say something else in the last outbound event that is picked."""
    index = max(number for number, sent in enumerate(evidence.sent) if picks(sent.event))
    sent = list(evidence.sent)
    event = sent[index].event
    sent_out = event.model_copy(update={"data": event.data.model_copy(update=data)})
    sent[index] = replace(sent[index], event=sent_out)
    return replace(evidence, sent=tuple(sent))


def readdress(evidence: Evidence, picks: Picks, **envelope: Any) -> Evidence:
    """One more outbound event like the first that is picked, but to somebody else, or about somebody else."""
    sent = next(sent for sent in evidence.sent if picks(sent.event))
    more = replace(sent, event=sent.event.model_copy(update=envelope))
    return replace(evidence, sent=(*evidence.sent, more))


def unsay(evidence: Evidence, picks: Picks) -> Evidence:
    """Drop every outbound event that is picked."""
    return replace(evidence, sent=tuple(sent for sent in evidence.sent if not picks(sent.event)))


def delay(evidence: Evidence, picks: Picks, real: timedelta) -> Evidence:
    """Have the picked events stored later."""
    return replace(
        evidence,
        sent=tuple(
            replace(sent, stored_at=sent.stored_at + real) if picks(sent.event) else sent
            for sent in evidence.sent
        ),
    )


def rewrite(evidence: Evidence, booking: str, **fields: Any) -> Evidence:
    """Have another record in the end."""
    record = structs.replace(evidence.records[booking], **fields)
    return replace(evidence, records={**evidence.records, booking: record})


def journal_more(evidence: Evidence, picks: Callable[[Mapping[str, Any]], bool], **content: Any) -> Evidence:
    """One more journal entry like the last that is picked."""
    entry = [entry for entry in evidence.entries if picks(entry)][-1]
    return replace(evidence, entries=(*evidence.entries, {**entry, **content}))


def at_deadline(event: Outbound) -> bool:
    return isinstance(event, RecordReleased) and event.data.basis == "deadline"


def to_ice(status: str, booking: str | None = None) -> Picks:
    return lambda event: (
        isinstance(event, IceReleaseDateGiven)
        and event.data.status == status
        and booking in {None, event.subject}
    )


def notice_about(booking: str) -> Picks:
    return lambda event: event.audience == "ice" and event.subject == booking


def caused_by(event_type: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda entry: entry["cause"] == event_type


def one_held(evidence: Evidence) -> str:
    """A booking that ICE never asked about and that went at its deadline."""
    contacted = {sent.event.subject for sent in evidence.sent if sent.event.audience == "ice"}
    return the_last(evidence, lambda event: at_deadline(event) and event.subject not in contacted)


def the_last(evidence: Evidence, picks: Picks) -> str:
    return [sent.event.subject for sent in evidence.sent if picks(sent.event)][-1]


def deadline_of(evidence: Evidence, booking: str) -> Any:
    return evidence.records[booking].deadline


# The promise, and something that would break it.
FALSIFIED: Final[tuple[tuple[str, Falsify], ...]] = (
    ("0 held past the deadline", lambda e: delay(e, at_deadline, timedelta(seconds=1.1))),
    ("0 held past the deadline", lambda e: rewrite(e, one_held(e), state="held", basis=None)),
    (
        "0 released before their deadline",
        lambda e: restate(
            e,
            at_deadline,
            released_at=deadline_of(e, the_last(e, at_deadline)) - timedelta(milliseconds=1),
        ),
    ),
    (
        "0 deadlines extended after a contact",
        lambda e: journal_more(e, caused_by("custody.ice.contacted.v1"), deadline="2016-11-20T00:00:00.000Z"),
    ),
    (
        "ICE was answered about every booking it asked about",
        lambda e: unsay(e, notice_about(the_last(e, to_ice("scheduled")))),
    ),
    ("0 notices that nobody asked for", lambda e: readdress(e, to_ice("scheduled"), subject=one_held(e))),
    ("0 notices that nobody asked for", lambda e: readdress(e, to_ice("scheduled"), route="somebody-else")),
    (
        "0 notices that nobody asked for",
        lambda e: readdress(e, to_ice("scheduled"), time=e.clock.starts_at),
    ),
    ("each release ordered exactly once", lambda e: readdress(e, at_deadline)),
    ("each release ordered exactly once", lambda e: unsay(e, lambda event: event.subject == one_held(e))),
    ("each release ordered exactly once", lambda e: readdress(e, at_deadline, subject="WKND-999")),
    ("duplicates changed nothing", lambda e: journal_more(e, caused_by("custody.bail.posted.v1"))),
    ("every event was processed", lambda e: replace(e, unsettled=1)),
    ("the journal's hash chains are intact", lambda e: replace(e, problems=("booking WKND-001: gone",))),
    ("each booking ended as the script says", lambda e: rewrite(e, one_held(e), basis="bail")),
    (
        "each booking ended as the script says",
        lambda e: replace(e, records={**e.records, "WKND-X": e.records[one_held(e)]}),
    ),
    (
        "deadlines as counted separately, to the millisecond",
        lambda e: rewrite(e, one_held(e), deadline=deadline_of(e, one_held(e)) + timedelta(milliseconds=1)),
    ),
    (
        "deadlines as counted separately, to the millisecond",
        lambda e: rewrite(e, one_held(e), entitled_at=deadline_of(e, one_held(e)) - MINUTE),
    ),
    (
        "deadlines as counted separately, to the millisecond",
        lambda e: rewrite(e, one_held(e), learned_late=True),
    ),
    (
        "the dates sent to ICE are the deadlines",
        lambda e: restate(
            e, to_ice("approaching"), release_at=deadline_of(e, the_last(e, to_ice("approaching"))) + MINUTE
        ),
    ),
    ("the dates sent to ICE are the deadlines", lambda e: unsay(e, to_ice("scheduled"))),
    (
        "ICE was sent how each booking ended",
        lambda e: unsay(e, to_ice("released", the_last(e, to_ice("released")))),
    ),
    ("ICE was sent how each booking ended", lambda e: unsay(e, to_ice("withdrawn"))),
    ("ICE was sent how each booking ended", lambda e: unsay(e, to_ice("approaching"))),
    ("ICE was sent how each booking ended", lambda e: readdress(e, to_ice("released"), subject=one_held(e))),
    ("requests to hold declined", lambda e: unsay(e, lambda event: event.audience == "ice")),
    ("requests to hold declined", lambda e: restate(e, to_ice("withdrawn"), hold_request="declined")),
    (
        "release orders name the holds that remain",
        lambda e: restate(
            e,
            lambda event: isinstance(event, RecordReleased) and bool(event.data.remaining_authority),
            remaining_authority=(),
        ),
    ),
    ("the watch was alarmed", lambda e: unsay(e, lambda event: isinstance(event, ClockAlarmed))),
    (
        "the watch was alarmed",
        lambda e: restate(e, lambda event: isinstance(event, ClockAlarmed), code="held_without_clock"),
    ),
    (
        "released and still in the building: reported",
        lambda e: unsay(e, lambda event: isinstance(event, ReleaseOverdue)),
    ),
    (
        "a booking reported twice counts once",
        lambda e: journal_more(e, caused_by("custody.booking.created.v1")),
    ),
    ("a booking reported twice counts once", lambda e: replace(e, arrived=e.arrived[:5])),
    ("invalid events rejected, each for its reason", lambda e: replace(e, rejected=e.rejected[1:])),
)


def test_a_weekend_that_goes_as_it_should_keeps_every_promise(
    expected: Expectations, truth: Evidence
) -> None:
    broken = [check for check in checked(expected, truth).values() if check.verdict is not Verdict.OK]
    assert not broken


@pytest.mark.parametrize(("promise", "falsify"), FALSIFIED)
def test_a_promise_that_is_not_kept_is_noticed(
    promise: str, falsify: Falsify, expected: Expectations, truth: Evidence
) -> None:
    assert checked(expected, falsify(truth))[promise].verdict is Verdict.FAILED


def test_each_check_is_shown_to_fail(expected: Expectations, truth: Evidence) -> None:
    assert {promise for promise, _ in FALSIFIED} == set(checked(expected, truth))


def test_under_this_profile_a_notice_to_the_person_is_one_that_nobody_asked_for(
    expected: Expectations, truth: Evidence
) -> None:
    date = next(sent for sent in truth.sent if isinstance(sent.event, IceReleaseDateGiven))
    envelope = date.event.model_dump() | {
        "type": "custody.subject.release_date_given.v1",
        "audience": "subject",
        "data": date.event.data,
    }
    twin = replace(date, event=SubjectReleaseDateGiven.model_construct(**envelope))
    evidence = replace(truth, sent=(*truth.sent, twin))
    assert checked(expected, evidence)["0 notices that nobody asked for"].verdict is Verdict.FAILED


def test_the_first_faults_are_named_and_the_rest_counted(expected: Expectations, truth: Evidence) -> None:
    nobody_left = unsay(truth, lambda event: isinstance(event, RecordReleased))
    found = checked(expected, nobody_left)["each release ordered exactly once"].found
    assert found.count("WKND") == 3
    assert found.endswith("; and 125 more")


def test_a_second_too_late_for_a_machine_is_too_late_and_half_a_second_is_not(
    expected: Expectations, truth: Evidence
) -> None:
    late = delay(truth, at_deadline, timedelta(seconds=0.5))
    check = checked(expected, late)["0 held past the deadline"]
    assert check.verdict is Verdict.OK
    assert check.found == "150 ended, at most 500 ms late"
