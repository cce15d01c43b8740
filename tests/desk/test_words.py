"""There is a word for everything that is printed: none is missing, and none is left over."""

from collections.abc import Callable
from typing import get_args

import pytest

from events.facts import HoldKind, IceForm, IceRequest, Qualification
from events.inbound import INBOUND_TYPES, CustodyCarried
from events.outbound import AlarmCode, CloseBasis, DeclineReason, LateCause, ReleaseBasis
from events.parse import RejectReason
from events.testing import TrackedBooking
from tests.custody.test_every_event_in_every_state import EVENTS, closed, held, released
from worker.custody.record import State
from worker.custody.transition import Outcome
from worker.desk import journal_words, words
from worker.law.jurisdiction import limits, never_enabled

TYPES = {event.model_fields["type"].default for event in (*INBOUND_TYPES, CustodyCarried)}


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        (words.LIMITS, {*limits(), *never_enabled()}),
        (words.STATES, set(get_args(State))),
        (words.BASES, {*get_args(ReleaseBasis), *get_args(CloseBasis)}),
        (words.OUTCOMES, set(Outcome)),
        (words.ALARMS, set(get_args(AlarmCode))),
        (words.CAUSES, {"clock", *TYPES}),
        (words.REJECT_REASONS, set(get_args(RejectReason))),
        (words.DECLINE_REASONS, set(get_args(DeclineReason))),
        (words.LATE_CAUSES, set(get_args(LateCause))),
        (words.HOLDS, set(get_args(HoldKind))),
        (journal_words.FORMS, set(get_args(IceForm))),
        (journal_words.REQUESTS, set(get_args(IceRequest))),
        (journal_words.QUALIFICATIONS, set(get_args(Qualification))),
    ],
    ids=[
        "limits",
        "states",
        "bases",
        "outcomes",
        "alarms",
        "causes",
        "reasons to reject",
        "reasons to decline",
        "causes of lateness",
        "holds",
        "forms",
        "requests",
        "qualifications",
    ],
)
def test_everything_has_its_word(table: dict[str, str], wanted: set[str]) -> None:
    assert set(table) == wanted


@pytest.mark.parametrize(
    "table", [words.LIMITS, words.STATES, words.BASES, words.OUTCOMES, words.ALARMS, words.CAUSES]
)
def test_no_word_is_a_name_of_ours(table: dict[str, str]) -> None:
    assert [word for word in table.values() if "_" in word] == []


@pytest.mark.parametrize("state", [held, released, closed], ids=lambda state: state.__name__)
def test_every_detail_of_a_journal_entry_has_its_word(state: Callable[[], TrackedBooking]) -> None:
    for event in EVENTS.values():
        booking = state()
        booking.receive(event())
        for link in booking.entries:
            assert link.content.get("detail", {}).keys() <= journal_words.DETAILS.keys()
