"""What each event must do to a person, written a second time, without the core's code."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from tests.simulation.person import (
    Asked,
    Effect,
    Person,
    Sent,
    Waiting,
    closed,
    released,
    scheduled,
    what_is_due,
)
from tests.support.arrivals import MINUTE

_REOPENED_BY: Final = {
    "person.returned": {"transferred"},
    "booking.reinstated": {"voided", "transferred", "escaped", "died"},
}
_CLOSED_BY: Final = {
    "booking.voided": "voided",
    "person.transferred": "transferred",
    "person.arraigned": "arraigned",
    "person.escaped": "escaped",
    "person.died": "died",
}
_RELEASED_BY: Final = {
    "bail.posted": ("bail", "posted_at"),
    "release.ordered": ("court_order", "ordered_at"),
    "probable_cause.determined": ("probable_cause_not_found", "determined_at"),
}


def hear(person: Person, kind: str, data: dict[str, Any], now: datetime) -> Effect:
    """An event arrives now. What had come due by now comes first; what it makes due now, at once after it."""
    effect = what_is_due(person, now)
    effect = effect.then(_heard(effect.person, kind, data, now))
    return effect.then(what_is_due(effect.person, now))


def _heard(person: Person, kind: str, data: dict[str, Any], now: datetime) -> Effect:
    if person.state != "awaiting_booking":
        return _take(person, kind, data, now)
    if kind != "booking.created":
        return Effect(replace(person, waiting=(*person.waiting, Waiting(kind, data))))
    return _booked(person, now)


def _booked(person: Person, now: datetime) -> Effect:
    """The clock starts, and what waited takes effect, ICE at the counter last."""
    held = replace(person, state="held", heard_at=now, waiting=())
    deadline = held.lawful(found=False)
    late = now + MINUTE if deadline <= now else None
    effect = Effect(replace(held, deadline=deadline, grace_until=late))
    for event in sorted(person.waiting, key=lambda event: event.kind == "ice.custody_requested"):
        if effect.person.renumbered:
            effect = effect.then(what_is_due(effect.person, now))
        effect = effect.then(_take(effect.person, event.kind, event.data, now))
    return effect


def _take(person: Person, kind: str, data: dict[str, Any], now: datetime) -> Effect:
    """What an event does to a person whose booking is known."""
    if kind in _RELEASED_BY and data.get("outcome") != "found":
        basis, name = _RELEASED_BY[kind]
        return _release_by_event(person, basis, data[name], now)
    if kind in _REOPENED_BY:
        may = person.state == "closed" and person.basis in _REOPENED_BY[kind] and not data.get("arraigned")
        return _reopened(person, now) if may else Effect(person)
    if kind in _CLOSED_BY:
        stays = person.state != "held" or data.get("to") == "hospital"
        return Effect(person) if stays else closed(person, _CLOSED_BY[kind], now)
    handler = _OTHERS.get(kind)
    return handler(person, data, now) if handler else Effect(person)


def _release_by_event(person: Person, basis: str, reported: datetime, now: datetime) -> Effect:
    since = now if reported < person.arrested_at else min(reported, now)
    if person.state == "held":
        return released(person, basis, since, now)
    if person.state == "released" and person.entitled_at is not None:
        return Effect(replace(person, entitled_at=min(person.entitled_at, since)))
    return Effect(person)


def _moved(person: Person, now: datetime) -> Effect:
    """All facts together give the deadline; whoever asked is sent one that has moved."""
    if person.state == "released" and person.entitled_at is not None:
        return Effect(replace(person, entitled_at=min(person.entitled_at, person.computed)))
    if person.state != "held" or person.allowed == person.deadline:
        return Effect(person)
    return scheduled(replace(person, deadline=person.allowed), now)


def _amended(person: Person, data: dict[str, Any], now: datetime) -> Effect:
    after = replace(
        person,
        arrested_at=data.get("arrested_at", person.arrested_at),
        on_warrant=person.on_warrant or "arrest_kind" in data,
        is_violent=person.is_violent or "charges" in data,
    )
    return _moved(after, now)


def _found(person: Person, data: dict[str, Any], now: datetime) -> Effect:
    """The earliest finding counts. After a release it corrects nothing."""
    found_at = min(data["determined_at"], now, person.found_at or now)
    after = replace(person, found_at=found_at)
    return _moved(after, now) if after.state == "held" else Effect(after)


def _reopened(person: Person, now: datetime) -> Effect:
    """Held again, never later than the ceiling; a contact made meanwhile fixes it now."""
    after = replace(person, state="held", basis=None, grace_until=None, deadline=person.allowed)
    return scheduled(_with_ceiling(after) if after.asked else after, now)


def _with_ceiling(person: Person) -> Person:
    """The first contact while held fixes it: where a lawful finding could still move the deadline to."""
    if person.state != "held" or person.ceiling is not None:
        return person
    return replace(person, ceiling=max(person.deadline, person.lawful(found=True)))


def _with_contact(person: Person, asked: Asked) -> Person:
    known = person.asked if asked in person.asked else (*person.asked, asked)
    return _with_ceiling(replace(person, asked=known))


def _answer(person: Person, asked: Asked) -> tuple[Sent, ...]:
    if person.state == "closed":
        return (Sent(asked.route, "not_in_custody"),)
    if not asked.may_know:
        return (Sent(asked.route, "release_date_not_public"),)
    if person.state == "released":
        return (person.sent(asked.route, "released", person.released_at),)
    return (person.sent(asked.route, "scheduled", person.deadline),)


def _is_served(person: Person) -> int:
    return int(person.state != "closed" and person.profile != "lapd-2016-11")


def _ice_contacted(person: Person, data: dict[str, Any], now: datetime) -> Effect:
    """Answered at once. No contact moves the deadline."""
    may_know = not person.is_2018 or "qualification" in data
    asked = Asked(data["reply_to"], may_know, "hold" in data.get("requests", ()))
    after = _with_contact(person, asked)
    served = _is_served(person) if "requests" in data else 0
    refusals = int(asked.for_hold and person.state == "held")
    return Effect(after, _answer(after, asked), served=served, refusals=refusals)


def _ice_at_the_counter(person: Person, data: dict[str, Any], now: datetime) -> Effect:
    """Handed over while held, before the deadline, by who may; judged now, and for 15 minutes only."""
    may = not person.is_2018 or data["warrant"] == "judicial"
    asked = Asked(data["reply_to"], may, for_hold=False)
    after, served = _with_contact(person, asked), _is_served(person)
    in_time = person.state == "held" and now < person.deadline
    if in_time and now - data["requested_at"] > 15 * MINUTE:
        return Effect(after, _answer(after, asked), served=served)
    if in_time and may:
        return replace(closed(after, "handed_over", now), served=served)
    why = "judicial_authority_required" if in_time else "already_released"
    why = "not_in_custody" if person.state == "closed" else why
    answer = _answer(after, asked) if person.state != "closed" and may else ()
    return Effect(after, (*answer, Sent(asked.route, why)), served=served)


def _ice_lifts(person: Person, data: dict[str, Any], now: datetime) -> Effect:
    route = data.get("reply_to")
    lifted = (replace(one, is_open=one.is_open and route not in {None, one.route}) for one in person.asked)
    return Effect(replace(person, asked=tuple(dict.fromkeys(lifted))))


def _renumbered(person: Person, data: dict[str, Any], now: datetime) -> Effect:
    """The old number ends and the person goes on under the new one, with the same deadline."""
    if person.renumbered:
        return Effect(person)
    after = replace(person, renumbered=True)
    if person.state != "held":
        return Effect(after)
    given_up = Effect(after, closed(person, "renumbered", now).to_ice, ("renumbered",))
    return given_up.then(scheduled(after, now))


def _hold(person: Person, data: dict[str, Any], now: datetime) -> Effect:
    return Effect(replace(person, holds=(data["hold_id"],) if "kind" in data else ()))


def _counsel(person: Person, data: dict[str, Any], now: datetime) -> Effect:
    return Effect(replace(person, counsel=True))


_OTHERS: Final[dict[str, Callable[[Person, dict[str, Any], datetime], Effect]]] = {
    "booking.amended": _amended,
    "booking.renumbered": _renumbered,
    "probable_cause.determined": _found,
    "hold.placed": _hold,
    "hold.lifted": _hold,
    "counsel.designated": _counsel,
    "ice.contacted": _ice_contacted,
    "ice.custody_requested": _ice_at_the_counter,
    "ice.contact_withdrawn": _ice_lifts,
}
