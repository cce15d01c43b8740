"""Bugs to be planted in the core, each of which an enumeration of two facts must find."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from msgspec import Struct
from msgspec.structs import replace

from events import inbound
from tests.simulation.alphabet import BY_NAME, MILLISECOND
from tests.simulation.points import Point
from tests.simulation.world import World, just_booked, start
from worker.custody import attention, booking, ice, notices, presence, release, renumbering
from worker.custody import decide as core
from worker.custody.commit_time import AT_COMMIT
from worker.custody.conclusions import computed_limit
from worker.custody.record import Ceiling, Record

Plant = Callable[[pytest.MonkeyPatch], None]


def fires_early(monkeypatch: pytest.MonkeyPatch) -> None:
    def early(record: Record, now: datetime) -> bool:
        return attention_is_due(record, now + MILLISECOND)

    attention_is_due = attention.is_due
    monkeypatch.setattr(attention, "is_due", early)
    monkeypatch.setattr(core, "is_due", early)


def fires_late(monkeypatch: pytest.MonkeyPatch) -> None:
    due_at = Record.release_due_at.fget
    assert due_at is not None
    late = property(lambda record: (at := due_at(record)) and at + MILLISECOND)
    monkeypatch.setattr(Record, "release_due_at", late)


def forgets_the_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(booking, "allowed_limit", computed_limit)


def forgets_the_ceiling_at_a_return(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "allowed_limit", computed_limit)


def drops_the_notice_of_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "released", lambda *_: [])


def sends_the_notice_of_release_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    once = notices.released
    monkeypatch.setattr(notices, "released", lambda *of: 2 * once(*of))


def does_not_withdraw_the_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "withdrawn", lambda *_: [])


def answers_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "may_have_date", lambda *_: True)


def sends_to_ice_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    def unasked(record: Record, rules: Any) -> list[Any]:
        return once(record, rules) if record.contacts else notices._given(record, rules, None, **released)

    once, released = notices.released, {"status": "released", "released_at": AT_COMMIT}
    monkeypatch.setattr(notices, "released", unasked)


def extends_at_a_contact(monkeypatch: pytest.MonkeyPatch) -> None:
    def extending(record: Record, *of: Any) -> Any:
        changes = once(record, *of)
        if record.state != "held" or record.deadline is None:
            return changes
        later = record.deadline + timedelta(hours=48)
        return changes | {"deadline": later, "ceiling": Ceiling(deadline=later, limit="detainer_48h")}

    once = ice._remember
    monkeypatch.setattr(ice, "_remember", extending)


def records_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice, "_declined_detention", lambda *_: {})


def reopens_a_release(monkeypatch: pytest.MonkeyPatch) -> None:
    def reopening(record: Record, event: Any, rules: Any, at: Any) -> Any:
        return presence._reopen(record, rules, at, {})

    monkeypatch.setitem(core._HANDLERS, inbound.BookingReinstated, reopening)


def releases_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def again(record: Record, event: Any, rules: Any, at: Any) -> Any:
        return once(replace(record, state="held"), event, rules, at)

    once = release.release_on_bail
    monkeypatch.setitem(core._HANDLERS, inbound.BailPosted, again)


def loses_the_clock_of_a_new_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def losing(*of: Any) -> Any:
        return replace(once(*of), forwards=())

    once = renumbering.renumber
    monkeypatch.setitem(core._HANDLERS, inbound.BookingRenumbered, losing)


def hands_over_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice, "is_past_deadline", lambda *_: False)


class Planted(Struct, frozen=True):
    """Where a bug shows within two facts, and as what."""

    promise: str
    profile: str = "lapd-2016-11"
    begin: Callable[[str], Point] = just_booked


def _left_for_court_after_a_contact(profile: str) -> Point:
    world = World(just_booked(profile))
    for name in ("ICE asks for a hold, soon", "at court, soon"):
        world.step(BY_NAME[name])
    return world.point


PLANTED: Final[dict[Plant, Planted]] = {
    fires_early: Planted("never early"),
    fires_late: Planted("never late"),
    forgets_the_ceiling: Planted("never past the ceiling"),
    forgets_the_ceiling_at_a_return: Planted("never past the ceiling", begin=_left_for_court_after_a_contact),
    drops_the_notice_of_release: Planted("notices to ICE"),
    sends_the_notice_of_release_twice: Planted("notices to ICE"),
    does_not_withdraw_the_date: Planted("notices to ICE"),
    answers_everybody: Planted("notices to ICE", "ca-values-2018"),
    sends_to_ice_unasked: Planted("nothing to ICE unless it asked"),
    extends_at_a_contact: Planted("never past the ceiling"),
    records_no_refusal: Planted("a refused hold is on record"),
    reopens_a_release: Planted("one order for each end"),
    releases_twice: Planted("held, released or closed as the events say"),
    loses_the_clock_of_a_new_number: Planted("one clock for one person"),
    hands_over_at_the_deadline: Planted("notices to ICE", begin=start),
}
