"""What must hold for the notices that arrived by webhook, at the jail and at ICE."""

from collections import defaultdict
from collections.abc import Iterator

from events.outbound import Outbound
from ops.demo.checks import contacts
from ops.demo.evidence import Evidence
from ops.demo.received import WEBHOOKS
from ops.demo.verdict import Check, judge


def check_delivery(evidence: Evidence) -> list[Check]:
    """What the service says it sent, checked against what the receivers have."""
    return [
        _all_arrived(evidence),
        _all_signed(evidence),
        _all_in_order(evidence),
        _nothing_unrequested_at_ice(evidence),
    ]


def arrived_at(evidence: Evidence, audience: str) -> list[Outbound]:
    """What an audience has, in the order of its arrival; a repeat, which it would drop, is left out."""
    events = [notice.event for notice in evidence.received if notice.audience == audience]
    return list({event.id: event for event in events}.values())


def superseded_for(evidence: Evidence, audience: str) -> list[Outbound]:
    """What an audience was not sent, because a newer notice made it untrue first."""
    return [
        sent.event
        for sent in evidence.sent
        if sent.event.audience == audience and sent.event.id in evidence.superseded
    ]


def out_of_order(evidence: Evidence, audience: str) -> list[str]:
    """The bookings of which an audience has the notices in another order than that of their commits."""
    place = {sent.event.id: number for number, sent in enumerate(evidence.sent)}
    places: defaultdict[str, list[int]] = defaultdict(list)
    for event in arrived_at(evidence, audience):
        places[event.subject].append(place.get(event.id, len(place)))
    return sorted(booking for booking, found in places.items() if found != sorted(found))


def _by_webhook(evidence: Evidence) -> Iterator[tuple[str, Outbound]]:
    for audience in WEBHOOKS:
        for event in arrived_at(evidence, audience):
            yield audience, event


def _all_arrived(evidence: Evidence) -> Check:
    arrived = {(audience, event.id) for audience, event in _by_webhook(evidence)}
    faults = [
        f"{sent.event.subject}: {sent.event.type} has not reached {sent.event.audience}"
        for sent in evidence.sent
        if sent.event.audience in WEBHOOKS
        and sent.event.id not in evidence.superseded
        and (sent.event.audience, sent.event.id) not in arrived
    ]
    sent = {event.event.id for event in evidence.sent}
    faults += [
        f"{event.subject}: {event.type} reached {audience} and was never sent"
        for audience, event in _by_webhook(evidence)
        if event.id not in sent
    ]
    superseded = sum(len(superseded_for(evidence, audience)) for audience in WEBHOOKS)
    found = f"{len(arrived)} arrived, {superseded} superseded"
    return judge("every notice to the jail and to ICE arrived", faults, found)


def _all_signed(evidence: Evidence) -> Check:
    faults = [f"{audience} refused one: {reason}" for audience, reason in evidence.refused]
    found = f"{sum(notice.audience in WEBHOOKS for notice in evidence.received)} signatures verified"
    return judge("each was signed with its receiver's secret", faults, found)


def _all_in_order(evidence: Evidence) -> Check:
    faults = [
        f"{booking}: {audience} has its notices out of order"
        for audience in WEBHOOKS
        for booking in out_of_order(evidence, audience)
    ]
    bookings = {event.subject for _, event in _by_webhook(evidence)}
    return judge("each booking's notices arrived in order", faults, f"{len(bookings)} bookings")


def _nothing_unrequested_at_ice(evidence: Evidence) -> Check:
    asked = {booking for booking, _ in contacts(evidence)}
    arrived = arrived_at(evidence, "ice")
    faults = [f"{event.subject}: {event.type}" for event in arrived if event.subject not in asked]
    found = f"{len(arrived)} notices about {len({event.subject for event in arrived})} bookings"
    return judge("ICE received nothing about a booking that it did not ask about", faults, found)
