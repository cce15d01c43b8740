"""Notices about release dates: to ICE, only about bookings it asked about; to the person; to counsel.

The profile decides whether a contact may be answered, and whether the person is served and sent the same.
"""

from datetime import datetime

from events.envelope import WireModel
from events.outbound import (
    DeclinedRequest,
    DeclineReason,
    HoldAnswer,
    IceReleaseDateGiven,
    IceRequestDeclined,
    Outbound,
    ReleaseDate,
    ServedRequest,
    SubjectIceRequestServed,
    SubjectReleaseDateGiven,
)
from worker.custody.commit_time import AT_COMMIT
from worker.custody.record import Contact, Record
from worker.custody.rules import Rules
from worker.custody.transition import Notice, alarm
from worker.law.profile import Profile


def may_have_date(contact: Contact, profile: Profile) -> bool:
    """Whether the profile lets this contact have a release date.

    Until 2017 whoever makes contact may (clause 3 of the policy). Since 2018 the date must be public, or the
    contact qualify (Gov. Code § 7284.6(a)(1)(C), § 7282.5).
    """
    return (
        profile.notices.release_date_needs == "contact"
        or profile.release_dates_public
        or contact.qualification in profile.qualification.release_date
        or contact.warrant == "judicial"
    )


def may_take_over(contact: Contact, profile: Profile) -> bool:
    """Whether the profile lets this request have the person, who is still in custody.

    Since 2018 that takes a judicial warrant or a qualifying conviction (Gov. Code § 7284.6(a)(4), § 7282.5);
    a holding to answer allows the date, not the person.
    """
    return (
        profile.notices.handover_needs == "custody"
        or contact.warrant == "judicial"
        or contact.qualification in profile.qualification.handover
    )


def is_actively_assisted(record: Record, profile: Profile) -> bool:
    """Whether ICE too is sent the approaching release: a violent felony, after a contact (clause 8)."""
    return (
        profile.notices.active_assistance
        and any(not contact.is_withdrawn for contact in record.contacts)
        and record.facts is not None
        and any(profile.is_violent_felony(charge.statute, charge.level) for charge in record.facts.charges)
    )


def scheduled(record: Record, rules: Rules, release_at: datetime) -> list[Notice]:
    """The release date, to every route that may have it."""
    return _to_every_route(record, rules, status="scheduled", release_at=release_at)


def approaching(record: Record, rules: Rules) -> list[Notice]:
    """A notice that the release is near, if ICE is to be warned."""
    if rules.known_profile is None:
        return _not_composed(record, "approaching")
    if not is_actively_assisted(record, rules.profile):
        return []
    return _to_every_route(record, rules, status="approaching", release_at=record.deadline)


def released(record: Record, rules: Rules) -> list[Notice]:
    """A notice that the person is released with this commit, to every route that may have the date."""
    return _to_every_route(record, rules, status="released", released_at=AT_COMMIT)


def withdrawn(record: Record, rules: Rules) -> list[Notice]:
    """A notice that the date given no longer holds: the record is closed without a release."""
    return _to_every_route(record, rules, status="withdrawn", closed_at=AT_COMMIT)


def answer(record: Record, rules: Rules, contact: Contact) -> list[Notice]:
    """The immediate answer to one contact: the date, the release, or why neither."""
    route = contact.reply_to
    if record.state == "closed":
        return [declined(contact, "not_in_custody")]
    if not may_have_date(contact, rules.profile):
        return [declined(contact, "release_date_not_public")]
    if record.state == "released":
        return _given(record, rules, route, status="released", released_at=record.released_at)
    return _given(record, rules, route, status="scheduled", release_at=record.deadline)


def declined(contact: Contact, reason: DeclineReason) -> Notice:
    """A notice that ICE gets no date, or no person, and why."""
    return Notice(IceRequestDeclined, DeclinedRequest(reason=reason), contact.reply_to)


def served(record: Record, rules: Rules, contact: Contact) -> list[Notice]:
    """A copy of the request for the person and for counsel, and whether the agency will comply.

    TRUTH Act, Gov. Code § 7283.1(b): on any hold, notification or transfer request.
    """
    is_request = bool(contact.requests) or contact.form.startswith("I-247")
    if not rules.profile.notices.serve_request_on_person or not is_request or record.state == "closed":
        return []
    copy = ServedRequest(
        form=contact.form,
        requests=contact.requests,
        contacted_at=contact.contacted_at,
        will_comply=_will_comply(record, rules.profile, contact),
    )
    return _to_person_and_counsel(record, SubjectIceRequestServed, copy)


def _will_comply(record: Record, profile: Profile, contact: Contact) -> bool:
    """Whether everything asked for will be done. Never a hold; a free person is not handed over."""
    if contact.asks_to_hold or not may_have_date(contact, profile):
        return False
    return "transfer" not in contact.requests or (record.state == "held" and may_take_over(contact, profile))


def _to_every_route(record: Record, rules: Rules, status: str, **date: object) -> list[Notice]:
    if not record.contacts:
        return []
    if rules.known_profile is None:
        return _not_composed(record, status)
    allowed = [
        contact.reply_to
        for contact in record.contacts
        if not contact.is_withdrawn and may_have_date(contact, rules.profile)
    ]
    return [
        notice
        for route in dict.fromkeys(allowed)
        for notice in _given(record, rules, route, status=status, **date)
    ]


def _not_composed(record: Record, status: str) -> list[Notice]:
    """ICE has asked, and the rules that say who may be sent what are missing: nothing is sent by others."""
    if all(contact.is_withdrawn for contact in record.contacts):
        return []
    text = (
        f"the rules that it was booked under, {record.profile.name} ({record.profile.fingerprint}), are "
        f"missing from the store, so no notice `{status}` went to ICE, the person or counsel: send by hand "
        "what they are owed, and restore the store's `profiles` key"
    )
    return [alarm(record, "profile_missing", text)]


def _given(record: Record, rules: Rules, route: str | None, **date: object) -> list[Notice]:
    """One notice to ICE, with its twins for the person and counsel where the profile gives them."""
    data = ReleaseDate.model_validate({**date, "hold_request": _hold_answer(record, route)})
    notice = Notice(IceReleaseDateGiven, data, route)
    if not rules.profile.notices.twin_of_release_date:
        return [notice]
    return [notice, *_to_person_and_counsel(record, SubjectReleaseDateGiven, data)]


def _to_person_and_counsel(record: Record, event: type[Outbound], data: WireModel) -> list[Notice]:
    copies = [Notice(event, data, audience="subject")]
    if record.counsel is not None:
        copies.append(Notice(event, data, record.counsel, "counsel"))
    return copies


def _hold_answer(record: Record, route: str | None) -> HoldAnswer:
    """Any request to hold, on this route, is declined (clause 2 of the policy)."""
    asked = any(contact.asks_to_hold for contact in record.contacts if contact.reply_to == route)
    return "declined" if asked else "none"
