"""One booking's page: its story and its proof in words, and what it says when something is wrong."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.support.arrivals import written
from tests.support.bookings import amended, bail_posted, booked, departed, ice_contacted, now
from tests.support.deliveries import deliver_all
from tests.support.web_server import web_server
from tests.support.worker_by_hand import take_in, the_record
from worker.desk.evidence.answers import Evidence
from worker.desk.evidence.read import read_evidence
from worker.desk.evidence.sent_words import who_was_sent_what
from worker.desk.notices import Attempt
from worker.store.context import Context
from worker.store.sink_queue import Receipt, Waiting
from worker.store.unix_ms import to_ms
from worker.web.pages import booking_path

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(context: Context) -> Iterator[str]:
    with web_server(context, is_open_desk=True) as url:
        yield url


def text_of(answer: httpx2.Response) -> str:
    """The page, with the quotation marks that it escapes as they are read."""
    return answer.text.replace("&#39;", "'").replace("&#34;", '"')


def released_after_a_hold_request(context: Context, booking: str = "B-1") -> None:
    contact = ice_contacted(booking, now(), form="I-247D", requests=("hold", "release_date"))
    take_in(context, booked(booking, due_at=now() + HOUR), contact, bail_posted(booking, now()))


def test_the_page_tells_the_story_in_sentences(context: Context, desk: str) -> None:
    released_after_a_hold_request(context)
    page = text_of(httpx2.get(f"{desk}/booking/B-1"))
    for words in (
        '<b class="good">Released</b> at',
        "bail posted",
        "ICE made contact once and was sent the release date.",
        "Its request to hold the person for another",
        "Nothing moved the deadline.",
        "with form I-247D and asked for a longer hold and the release date. Was sent the release date. "
        "Its request to hold was declined.",
        "Released: bail posted.",
        "release order; no hold remains",
        "✓ 3 entries, unbroken",
    ):
        assert words in page, words


def test_a_limit_that_governs_is_explained_with_the_days_that_the_others_leave_out(
    context: Context, desk: str
) -> None:
    take_in(context, booked("B-1", due_at=now() + HOUR))
    page = text_of(httpx2.get(f"{desk}/booking/B-1"))
    assert "<svg" in page
    assert "The 72-hour limit is the only limit that applies." in page
    assert "ICE made no contact and was sent nothing." in page


def test_a_later_deadline_that_was_refused_stands_out(context: Context, desk: str) -> None:
    due_at = now() + HOUR
    arrested_at = due_at - timedelta(hours=70)
    later = amended("B-1", now(), arrested_at=arrested_at, booked_at=arrested_at)
    take_in(context, booked("B-1", due_at=due_at), ice_contacted("B-1", now()), later)
    page = text_of(httpx2.get(f"{desk}/booking/B-1"))
    assert "A later deadline was asked for and refused once." in page
    assert "it was fixed when ICE made contact, and nothing sets a later one" in page
    assert "Later deadline refused after ICE's contact" in page


def test_holds_that_remain_and_a_person_who_has_not_left_are_named(context: Context, desk: str) -> None:
    hold = {"hold_id": "H-7", "kind": "parole", "reference": "CDCR 12"}
    take_in(
        context, booked("B-1", due_at=now() + HOUR), written("hold.placed", hold), bail_posted("B-1", now())
    )

    page = text_of(httpx2.get(f"{desk}/booking/B-1"))
    assert "Parole hold H-7, CDCR 12" in page
    assert "what remains: parole hold H-7" in page
    assert "Still in the building" in page


def test_what_was_delivered_says_by_whom_and_how_much_later(context: Context, desk: str) -> None:
    released_after_a_hold_request(context)
    assert "waits: no notifier has run yet" in text_of(httpx2.get(f"{desk}/booking/B-1"))
    deliver_all(context)
    page = text_of(httpx2.get(f"{desk}/booking/B-1"))
    assert "by jail, 0." in page
    assert "waits" not in page


def receipt(sink: str, outcome: str, attempt: int, detail: str = "") -> Receipt:
    return Receipt(sink, "n", "B-1", "1-1", attempt, outcome, detail)


def delivered_words(context: Context, *attempts: tuple[timedelta, Receipt], **state: Any) -> list[str]:
    """What the page says of the release order's way, given these attempts."""
    evidence = read_evidence(context, "B-1")
    assert evidence is not None
    status = evidence.notices[-1]
    status.attempts = [Attempt(status.sent_at + after, one) for after, one in attempts]
    status.waiting = state.get("waiting", {})
    status.dead, status.not_reached = state.get("dead", []), state.get("not_reached", [])
    shown = Evidence(
        "B-1", evidence.as_of, evidence.story, None, evidence.chain, (status,), (), has_notifier=True
    )
    zone = context.rules_by_record.current.profile.calendar.zone
    [notice] = who_was_sent_what(shown, zone, status.sent_at + HOUR)
    return [delivery.text for delivery in notice.deliveries]


def test_receipts_are_said_in_words(context: Context) -> None:
    take_in(context, booked("B-1", due_at=now() + HOUR), bail_posted("B-1", now()))
    seconds = timedelta(seconds=1)
    assert delivered_words(
        context,
        (seconds, receipt("jail", "failed", 1, "503")),
        (9 * seconds, receipt("jail", "failed", 2, "503")),
        (42 * seconds, receipt("jail", "delivered", 3)),
    ) == ["by jail at the 3rd try, 42 s later"]
    [sent] = [status.sent_at for status in (read_evidence(context, "B-1") or pytest.fail()).notices[-1:]]
    next_at = to_ms(sent + HOUR + timedelta(minutes=4))
    assert delivered_words(context, waiting={"jail": Waiting(2, next_at, "no answer in 15 s")}) == [
        "waits for jail: 2 tries, the next in 4 min 00 s; no answer in 15 s"
    ]
    assert delivered_words(context, (seconds, receipt("jail", "dead", 13, "500")), dead=["jail"]) == [
        "given up by jail after 13 tries: 500"
    ]
    assert delivered_words(context, not_reached=["fax"]) == ["not looked at yet by fax"]
    assert delivered_words(context) == ["for nobody: no receiver is set for it"]


def test_text_from_outside_is_shown_as_text(context: Context, desk: str) -> None:
    take_in(
        context,
        booked("B-1", due_at=now() + HOUR, facility="<script>alert(1)</script>\u202eevil", agency="&<b>"),
        ice_contacted("B-1", now(), id='"><img src=x onerror=alert(1)>'),
    )
    page = httpx2.get(f"{desk}/booking/B-1").text
    assert "<script" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u202eevil" in page


def test_an_unknown_number_says_what_to_do(desk: str) -> None:
    answer = httpx2.get(f"{desk}/booking/NO-SUCH")
    assert answer.status_code == 404
    assert "No booking NO-SUCH here" in answer.text
    assert "report the booking at once" in answer.text
    assert 'value="NO-SUCH"' in answer.text


@pytest.mark.parametrize("number", ["%3Cscript%3E", "a%20b", "x" * 65, "%00", ""])
def test_what_can_be_no_booking_number_is_not_found(context: Context, desk: str, number: str) -> None:
    answer = httpx2.get(f"{desk}/booking/{number}")
    assert answer.status_code == 404
    assert "<script" not in answer.text
    assert not context.client.exists(context.shards[0].keys.access)


@pytest.mark.parametrize("number", ["A/1#2:3.x", "..", "a/../b", "/a//", "B-1"])
def test_every_number_of_the_contract_has_a_page_by_its_link(
    context: Context, desk: str, number: str
) -> None:
    take_in(context, booked(number, due_at=now() + HOUR))
    answer = httpx2.get(f"{desk}{booking_path(number)}")
    assert answer.status_code == 200
    assert f"<h1>{number}" in answer.text


def test_a_number_that_was_given_up_links_on(context: Context, desk: str) -> None:
    new = written("booking.renumbered", {"new_number": "B/2", "reason": "renumbered"})
    take_in(context, booked("B-1", due_at=now() + HOUR), new)
    assert '<a href="/booking/B/2">Open B/2</a>' in httpx2.get(f"{desk}/booking/B-1").text
    assert '<a href="/booking/B-1">B-1</a>' in httpx2.get(f"{desk}/booking/B/2").text


def test_an_event_that_waits_for_its_booking_has_a_page(context: Context, desk: str) -> None:
    take_in(context, departed("B-1", now()))
    page = text_of(httpx2.get(f"{desk}/booking/B-1"))
    assert "No booking yet" in page
    assert "Departure: kept until the booking arrives." in page


def entry_ids(context: Context) -> list[bytes]:
    return [id_ for id_, _ in context.client.xrange(context.shards[0].keys.journal)]


@pytest.mark.parametrize("position", [0, 1, 2])
def test_an_entry_that_is_gone_breaks_the_chain_loudly(context: Context, desk: str, position: int) -> None:
    released_after_a_hold_request(context)
    context.client.xdel(context.shards[0].keys.journal, entry_ids(context)[position])
    answer = httpx2.get(f"{desk}/booking/B-1")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert "Do not rely on this page alone" in answer.text
    assert "This entry is gone." in answer.text
    assert "unbroken" not in answer.text


def test_a_record_that_was_changed_is_said_to_be(context: Context, desk: str) -> None:
    take_in(context, booked("B-1", due_at=now() + HOUR))
    key = context.shards[0].keys.record("B-1")
    document: Any = context.client.hget(key, "doc")
    context.client.hset(key, "doc", document.replace(b"Metropolitan", b"Metropolitam"))
    page = text_of(httpx2.get(f"{desk}/booking/B-1"))
    assert "its record is not what was committed" in page
    assert "broken: see above" in page


@pytest.mark.parametrize("damage", [b"", b"{", b'{"format":99}'])
def test_a_record_that_cannot_be_read_says_so_and_shows_the_journal(
    context: Context, desk: str, damage: bytes
) -> None:
    released_after_a_hold_request(context)
    context.client.hset(context.shards[0].keys.record("B-1"), "doc", damage)
    answer = httpx2.get(f"{desk}/booking/B-1")
    assert answer.status_code == 200
    assert "This record cannot be read." in answer.text
    assert "Released: bail posted." in answer.text
    assert "unbroken" not in answer.text
    document = httpx2.get(f"{desk}/booking/B-1?format=json").json()
    assert document["chain"]["is_whole"] is False
    assert document["unreadable"]


def test_a_key_of_another_kind_is_no_failure_of_the_server(context: Context, desk: str) -> None:
    context.client.set(context.shards[0].keys.record("B-1"), "another program's")
    answer = httpx2.get(f"{desk}/booking/B-1")
    assert answer.status_code == 200
    assert "something else than a record" in answer.text
    assert "its record cannot be read" in answer.text


def test_receipts_of_another_program_do_not_hide_that_the_record_is_not_shown(
    context: Context, desk: str
) -> None:
    released_after_a_hold_request(context)
    deliver_all(context)
    context.client.xadd(context.shards[0].keys.receipts, {"receipt": b"garbage"})
    answer = httpx2.get(f"{desk}/booking/B-1")
    assert answer.status_code == 503
    assert "The record of B-1 cannot be shown" in answer.text


def test_the_evidence_file_is_the_story_and_every_hash_can_be_computed(context: Context, desk: str) -> None:
    released_after_a_hold_request(context)
    answer = httpx2.get(f"{desk}/booking/B-1?format=json")
    assert answer.headers["content-disposition"] == 'attachment; filename="custody-B-1.json"'
    document = answer.json()
    assert document["basis"] == "bail"
    assert document["chain"]["is_whole"] is True
    before = None
    for entry in document["chain"]["entries"]:
        content = json.loads(entry["text"])
        assert content["prev"] == before
        body = entry["text"].partition(',"committed_at":')[0] + "}"
        before = hashlib.sha256(body.encode()).hexdigest()
        assert entry["sha256"] == before
    chain = the_record(context, "B-1").chain
    assert chain is not None
    assert before == chain.hex()


def test_a_format_that_there_is_not_is_refused(desk: str) -> None:
    answer = httpx2.get(f"{desk}/booking/B-1?format=xml")
    assert answer.status_code == 400
    assert "The formats are html and json." in answer.text
