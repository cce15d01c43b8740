"""Letters say what and when in their first sentence, and nothing from outside can pass for more than text."""

import unicodedata
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from events.outbound import (
    OUTBOUND_TYPES,
    ClockAlarmed,
    IceReleaseDateGiven,
    IceRequestDeclined,
    Outbound,
    RecordReleased,
    ReleaseApproaching,
    SubjectIceRequestServed,
    SubjectReleaseDateGiven,
)
from tests.support.letter_samples import (
    AT,
    BOOKING,
    DATES,
    LOS_ANGELES,
    every_letter,
    hold,
    sample,
    to_ice,
    to_person,
)
from tests.support.reading_grade import grade, sentences, words_a_sentence
from worker.desk.letter import Letter, paragraphs
from worker.desk.letters import write
from worker.desk.words import LIMITS
from worker.desk.words import hold as hold_words

LOCAL = "10:00:00 PST on Thursday, November 17, 2016"
EVERYDAY = "Thursday, November 17, 2016, at 10:00 AM PST"
COLUMNS = 72


def letter(event: Outbound) -> Letter:
    return write(event, LOS_ANGELES)


def ids(event: Outbound) -> str:
    data = event.data.model_dump(exclude_defaults=True, mode="json")
    return " ".join([event.type, event.audience, *(str(value) for value in data.values())])[:100]


def first_sentence(text: str, audience: str = "") -> str:
    """Of the notice itself: what counsel reads begins with whom it is for."""
    return sentences(text)[2 if audience == "counsel" else 0]


def served(requests: Sequence[str], form: str = "I-247A", **other: Any) -> str:
    data = {"form": form, "requests": requests, "contacted_at": AT, "will_comply": False} | other
    return letter(sample(SubjectIceRequestServed, data, audience="subject")).text


def test_every_outbound_type_has_a_sample() -> None:
    assert {type(event) for event in every_letter()} == set(OUTBOUND_TYPES)


@pytest.mark.parametrize("event", every_letter(), ids=ids)
def test_a_letter_says_what_and_when_and_for_whom(event: Outbound) -> None:
    written = letter(event)
    first = first_sentence(written.text, event.audience)
    assert "Thursday, November 17, 2016" in first
    assert " PST" in first
    assert written.attention
    assert written.refer == BOOKING
    assert BOOKING in written.subject
    assert BOOKING in written.text
    assert not set("{}_") & set(written.text.replace("site_limit", ""))
    assert "None" not in written.text
    assert written.text.endswith("\n")


@pytest.mark.parametrize("event", [*to_person()], ids=ids)
def test_the_person_and_counsel_can_read_it(event: Outbound) -> None:
    text = letter(event).text
    assert words_a_sentence(text) <= 15
    assert grade(text) <= 6


@pytest.mark.parametrize("when", ["2016-09-28T18:00:00Z", "2016-12-07T07:59:00Z", "2017-07-04T12:34:00Z"])
@pytest.mark.parametrize("date", DATES, ids=lambda date: date["status"])
@pytest.mark.parametrize("audience", ["subject", "counsel"])
def test_they_can_on_any_day(when: str, date: dict[str, Any], audience: str) -> None:
    on_that_day = {name: when if value == AT else value for name, value in date.items()}
    event = sample(
        SubjectReleaseDateGiven,
        on_that_day | {"hold_request": "none"},
        audience=audience,
        subject="LAPD-2016-0004567890",
    )
    assert grade(letter(event).text) <= 6


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("The cat sat on the mat.", -1.45),
        ("The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.", 11.3),
    ],
)
def test_the_grade_is_near_published_examples(text: str, years: float) -> None:
    assert grade(text) == pytest.approx(years, abs=1)


@pytest.mark.parametrize("event", [*to_ice()], ids=ids)
def test_a_teletype_can_send_what_ice_is_sent(event: Outbound) -> None:
    message = letter(event).as_message()
    assert message.isascii()
    assert all(character.isprintable() or character == "\n" for character in message)
    assert all(len(line) <= COLUMNS for line in message.splitlines())


@pytest.mark.parametrize(
    ("date", "first"),
    [
        (DATES[0], f"The person booked as {BOOKING} is to be released at {LOCAL}"),
        (DATES[1], f"The person booked as {BOOKING} is about to be released, at {LOCAL}"),
        (DATES[2], f"The person booked as {BOOKING} was released at {LOCAL}"),
        (DATES[3], f"The release date of the person booked as {BOOKING} was withdrawn at {LOCAL}"),
    ],
)
def test_ice_is_written_to_in_the_words_of_the_policy(date: dict[str, Any], first: str) -> None:
    without = letter(sample(IceReleaseDateGiven, date | {"hold_request": "none"})).text
    declined = letter(sample(IceReleaseDateGiven, date | {"hold_request": "declined"})).text
    assert first_sentence(without) == first
    assert first_sentence(declined) == f"{first}; the request to hold is declined"


def test_nobody_is_held_past_the_date_and_ice_reads_so() -> None:
    for date in DATES[:2]:
        text = letter(sample(IceReleaseDateGiven, date | {"hold_request": "none"})).text
        assert "Nobody is held past the release date." in text


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("already_released", "the person is already released"),
        ("not_in_custody", "the person is not in custody here"),
        ("release_date_not_public", "the release date is not public"),
        ("judicial_authority_required", "judicial authority is required"),
    ],
)
def test_ice_reads_why_a_request_is_declined(reason: str, words: str) -> None:
    text = letter(sample(IceRequestDeclined, {"reason": reason})).text
    assert text == (
        f"The request about the person booked as {BOOKING} was declined at "
        f"10:05:00 PST on Thursday, November 17, 2016: {words}.\n"
    )


def test_a_release_order_names_the_limit_and_every_hold() -> None:
    data = {
        "released_at": AT,
        "entitled_at": AT,
        "basis": "deadline",
        "governing_limit": "cap_72h",
        "remaining_authority": [hold("parole"), {"hold_id": "H-2", "kind": "photograph"}],
    }
    text = letter(sample(RecordReleased, data)).text
    assert f"deadline reached ({LIMITS['cap_72h']})" in text
    assert f"- {hold_words('parole')}, reference CDCR 12 (hold H-1)\n- photograph (hold H-2)\n" in text


def test_an_alarm_names_its_runbook() -> None:
    text = letter(sample(ClockAlarmed, {"code": "held_without_clock", "detail": "booking B: look"})).text
    assert "booking B: look" in text
    assert "runbook held-without-clock.md" in text


def test_the_letter_to_the_person_says_what_was_asked_and_answered() -> None:
    text = served(["hold", "photograph", "hold"])
    assert text.count("They asked us to keep you here longer.") == 1
    assert 'They asked for this too: "photograph".' in text
    assert "We will not do all that they asked." in text
    assert "We do not keep you here longer for them." in text
    assert "They sent a paper called I-247A." in text
    assert "paper called" not in served(["hold"], form="none")
    assert "We will do what they asked." in served(["release_date"], will_comply=True)
    assert "We will not do that." in served(["release_date"])
    assert "They did not say what they want. We will tell" not in served([])
    assert "We will not tell them when you go free." in served([])


def test_counsel_gets_the_same_behind_an_opening_that_names_the_person() -> None:
    for date in DATES:
        data = date | {"hold_request": "declined"}
        person = letter(sample(SubjectReleaseDateGiven, data, audience="subject")).text
        counsel = letter(sample(SubjectReleaseDateGiven, data, audience="counsel")).text
        opening, _, rest = counsel.partition("\n\n")
        assert rest == person
        assert f"the lawyer of the person booked as {BOOKING}" in opening


@pytest.mark.parametrize(
    ("instant", "official", "everyday"),
    [
        ("2016-11-06T08:30:00Z", "01:30:00 PDT on Sunday, November 6, 2016", "at 1:30 AM PDT"),
        ("2016-11-06T09:30:00Z", "01:30:00 PST on Sunday, November 6, 2016", "at 1:30 AM PST"),
        ("2016-11-17T08:00:00Z", "00:00:00 PST on Thursday, November 17, 2016", "at 12:00 AM PST"),
        ("2016-11-17T20:00:00Z", "12:00:00 PST on Thursday, November 17, 2016", "at 12:00 PM PST"),
        ("0001-01-01T00:00:00Z", "00:00:00 UTC on Monday, January 1, 1", "at 12:00 AM UTC"),
        ("9999-12-31T23:59:59Z", "15:59:59 PST on Friday, December 31, 9999", "at 3:59 PM PST"),
    ],
)
def test_times_are_local_and_cannot_be_mistaken(instant: str, official: str, everyday: str) -> None:
    date = {"status": "scheduled", "release_at": instant, "hold_request": "none"}
    assert official in letter(sample(IceReleaseDateGiven, date)).text
    assert everyday in letter(sample(SubjectReleaseDateGiven, date, audience="subject")).text


def test_no_length_of_time_counts_from_when_it_is_read() -> None:
    """A letter may arrive a day after it was written."""
    written = letter(sample(ReleaseApproaching, {"release_at": AT, "remaining_minutes": 61}))
    assert written.subject == f"Release by 10:00 PST on Thursday: booking {BOOKING}"
    assert "When this was written, at 10:05:00 PST on Thursday, November 17, 2016, 1 h 1 min" in written.text


def test_a_date_without_its_instant_is_a_letter_all_the_same() -> None:
    data = {"status": "released", "hold_request": "none"}
    assert "a time that is not known" in letter(sample(IceReleaseDateGiven, data)).text
    person = letter(sample(SubjectReleaseDateGiven, data, audience="subject")).text
    assert "a time that is not known" in person


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u0085", "\u009b", "\u2028", "\u200b"])
def test_what_a_terminal_would_act_on_is_shown_as_an_escape(character: str) -> None:
    word = f"a{character}b"
    data = {"released_at": AT, "entitled_at": AT, "basis": "bail"}
    order = letter(sample(RecordReleased, data | {"remaining_authority": [hold(word, reference=word)]}))
    escaped = character.encode("unicode_escape").decode()
    assert order.text.count(f"a{escaped}b") == 2
    for text in (
        order.text,
        letter(sample(ClockAlarmed, {"code": "event_refused", "detail": word})).text,
        letter(sample(RecordReleased, data | {"basis": "deadline", "governing_limit": word})).text,
        served([word], form=word),
    ):
        assert f"a{escaped}b" in text
        assert character not in text


@given(st.text(min_size=1, max_size=64))
def test_no_word_from_outside_breaks_a_letter(word: str) -> None:
    try:
        event = sample(
            SubjectIceRequestServed,
            {"form": word, "requests": [word], "contacted_at": AT, "will_comply": False},
            audience="counsel",
        )
    except ValidationError:
        return
    written = letter(event)
    message = written.as_message()
    assert all(unicodedata.category(one) not in {"Cc", "Cf", "Cs"} for one in message.replace("\n", ""))
    assert "\n" not in written.subject
    assert len(message.splitlines()) < 40


def test_a_message_is_keyed_in_line_by_line() -> None:
    written = Letter("About B", paragraphs("word " * 40 + "x" * 100, "", "- one\n- two"), "desk", "B")
    lines = written.as_message().splitlines()
    assert lines[:4] == ["ATTENTION: desk", "REFER: B", "SUBJECT: About B", ""]
    assert lines[-3:] == ["", "- one", "- two"]
    assert all(len(line) <= COLUMNS or line == "x" * 100 for line in lines)
