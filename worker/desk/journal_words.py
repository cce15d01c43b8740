"""The words for what a journal entry says in detail: the names of its values, and the values themselves."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from events.facts import IceForm, IceRequest, Qualification
from worker.desk.words import BASES

FORMS: Final[Mapping[IceForm, str]] = MappingProxyType(
    {
        "none": "no form",
        "I-247": "form I-247",
        "I-247A": "form I-247A",
        "I-247D": "form I-247D",
        "I-247G": "form I-247G",
        "I-247N": "form I-247N",
        "I-247X": "form I-247X",
        "I-200": "form I-200",
        "I-203": "form I-203",
        "I-205": "form I-205",
        "subpoena": "subpoena",
    }
)

REQUESTS: Final[Mapping[IceRequest, str]] = MappingProxyType(
    {
        "release_date": "the release date",
        "hold": "a longer hold",
        "transfer": "a transfer",
        "interview": "an interview",
    }
)

QUALIFICATIONS: Final[Mapping[Qualification, str]] = MappingProxyType(
    {
        "none": "none",
        "conviction_7282_5": "conviction, § 7282.5",
        "held_to_answer_7282_5_b": "held to answer, § 7282.5(b)",
        "judicial_warrant": "judicial warrant",
    }
)

DETAILS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "repeats": "repeats",
        "reported": "reported",
        "reason": "reason",
        "changed": "changed",
        "refused_deadline": "refused deadline",
        "from": "was under",
        "from_version": "fingerprint",
        "voided": "voided",
        "determined_at": "determined",
        "too_late": "too late",
        "basis": "basis",
        "entitled_at": "entitled",
        "at": "at",
        "to": "to",
        "transferred_at": "transferred",
        "departed_at": "departed",
        "hold_id": "hold",
        "kind": "kind",
        "reference": "reference",
        "warrant_check_completed_at": "completed",
        "federal_notified": "federal officials notified",
        "route": "notices to",
        "contacted_at": "made contact",
        "requested_at": "asked",
        "channel": "by",
        "form": "form",
        "requests": "asked for",
        "qualification": "qualification",
        "declined_detention_until": "extra detention declined until",
        "declined_detention_hours": "hours declined",
        "officer_reference": "officer",
        "warrant": "warrant",
        "basis_as_reported": "reported as",
        "returned_at": "returned",
        "arraigned": "arraigned",
        "new_number": "new number",
        "from_number": "from",
        "withdrawn_at": "withdrawn",
        "alarm": "alarm",
        "alarm_id": "alarm's id",
        "by": "by",
        "note": "note",
    }
)
"""The details of a journal entry, by their names there."""

_VALUES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{str(name): word for table in (BASES, REQUESTS) for name, word in table.items()},
        **{
            str(name): word
            for table in (FORMS, QUALIFICATIONS)
            for name, word in table.items()
            if name != "none"
        },
        "booked_at": "booking time",
        "arrested_at": "arrest time",
        "arrest_kind": "kind of arrest",
        "charges": "charges",
        "facility": "facility",
        "agency": "agency",
        "clerical_error": "clerical error",
        "identity_corrected": "identity corrected",
        "charges_changed": "charges changed",
        "in_person": "in person",
        "other_agency": "another agency",
    }
)


def plain(value: str) -> str:
    """The words for a value of the contract, such as `in_person`; other text as it is."""
    return _VALUES.get(value, value)


def detail(name: str) -> str:
    """The words for the name of a detail; one of another version as it is."""
    return DETAILS.get(name, name.replace("_", " "))
