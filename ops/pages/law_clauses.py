"""The policy of 15 November 2016, clause by clause: what enforces each, and what proves it."""

from dataclasses import dataclass
from typing import Final

POLICY_TESTS: Final = "tests/fundamentals/test_policy_of_november_2016.py"


@dataclass(frozen=True)
class Clause:
    """One clause of the policy of 15 November 2016.

    Attributes:
        says: the clause, in this project's words.
        enforced: places in the code, as `file: name`.
        proved: tests in `POLICY_TESTS`.
    """

    number: int
    says: str
    enforced: tuple[str, ...]
    proved: tuple[str, ...]


CLAUSES: Final = (
    Clause(
        1,
        "Custody after an arrest ends within 48 to 72 hours. Two limits run, and the earlier one governs.",
        (
            "worker/law/lapd/court_48h.py: expires_at",
            "worker/law/lapd/cap_72h.py: expires_at",
            "worker/law/deadline.py: governing",
        ),
        ("test_clause_1_nobody_is_kept_longer_than_48_to_72_hours",),
    ),
    Clause(
        2,
        "ICE's request to hold somebody longer is declined. Its first contact fixes a ceiling, and nothing "
        "sets a deadline past it. Where a limit ends with a finding of probable cause (`ca-values-2018`), "
        "the ceiling counts that finding as made, and one that is made moves the deadline up to it at most; "
        "elsewhere the ceiling is the deadline at the contact.",
        (
            "worker/custody/ice.py: _remember",
            "worker/custody/conclusions.py: allowed_limit",
            "worker/store/commit.lua: PAST_CEILING",
        ),
        (
            "test_clause_2_a_request_by_ice_to_hold_longer_is_declined_and_moves_nothing",
            "test_clause_2_after_a_contact_no_amendment_sets_a_later_deadline",
        ),
    ),
    Clause(
        3,
        "If ICE makes contact, it is given the release date: at once, again when the date changes, and at "
        "the release.",
        (
            "worker/custody/ice.py: answer_contact",
            "worker/custody/notices.py: answer",
            "worker/custody/booking.py: _recompute",
            "worker/custody/notices.py: released",
        ),
        (
            "test_clause_3_whoever_makes_contact_is_given_the_release_date_at_once",
            "test_clause_3_the_date_is_given_again_when_it_changes",
            "test_clause_3_and_at_the_release",
        ),
    ),
    Clause(
        4,
        "Nobody is kept past that date. The release does not wait for a notice to be sent, delivered or "
        "read.",
        ("worker/custody/release.py: release_at_deadline", "worker/engine/firing.py: fire"),
        ("test_clause_4_the_release_comes_on_its_date_and_before_the_notice_of_it",),
    ),
    Clause(
        5,
        "Whoever posts bail is released, whether ICE has made contact or not.",
        ("worker/custody/release.py: release_on_bail",),
        ("test_clause_5_who_bails_out_is_released_now",),
    ),
    Clause(
        6,
        "ICE may take over somebody who is still in custody and before the deadline. Later it may not.",
        (
            "worker/custody/ice.py: answer_custody_request",
            "worker/custody/notices.py: may_take_over",
            "worker/store/commit.lua: TOO_LATE",
        ),
        (
            "test_clause_6_ice_may_take_over_who_is_still_in_custody",
            "test_clause_6_who_asked_more_than_15_minutes_ago_made_a_contact_and_no_more",
            "test_clause_6_but_not_from_the_deadline_on",
        ),
    ),
    Clause(
        7,
        "The routine warrant check notifies federal systems by itself, and custody is no secret. The check "
        "is recorded and shown. It is no contact, and no notice follows from it.",
        ("worker/custody/others.py: note_warrant_check",),
        (
            "test_clause_7_the_warrant_check_is_recorded_and_is_no_contact",
            "test_clause_7_after_a_contact_the_warrant_check_still_sends_ice_nothing",
        ),
    ),
    Clause(
        8,
        "Cooperation remains for serious violent crime: after a contact, ICE also gets the warnings 12, 4 "
        "and 1 hours before the release. No charge moves a deadline.",
        (
            "worker/law/california/violent_felony.py: is_violent_felony",
            "worker/custody/notices.py: is_actively_assisted",
            "worker/custody/notices.py: approaching",
        ),
        (
            "test_clause_8_ice_is_warned_of_the_release_only_for_a_violent_felony_and_only_if_it_asked",
            "test_clause_8_no_charge_moves_a_deadline",
        ),
    ),
    Clause(
        9,
        "Police work is not immigration work. No event has a field for immigration status, citizenship, "
        "birthplace or descent, and an event with an unknown field is rejected.",
        ("events/envelope.py: WireModel", "events/parse.py: parse"),
        ("test_clause_9_no_field_of_any_event_can_say_who_the_person_is_or_where_from",),
    ),
)
