"""Mail: encrypted or not at all, one letter to all recipients, and never longer than it may take."""

import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from events.outbound import ClockAlarmed, IceReleaseDateGiven, Outbound
from tests.support.letter_samples import (
    BOOKING,
    DATES,
    LOS_ANGELES,
    every_letter,
    notice,
    sample,
    subject_and_text,
)
from tests.support.raw_server import raw_server
from tests.support.smtp_receiver import (
    HOST,
    PASSWORD,
    USERNAME,
    MailServer,
    mail_server,
    server_tls,
    trusting,
)
from worker.delivery.routing import SmtpSettings
from worker.delivery.sink import Answer, Outcome, OutgoingNotice
from worker.delivery.sinks.smtp import SmtpSink, message_id_of
from worker.desk.letters import write

TO = ("watch@example.org", "deputy@example.org", "chief@example.org")
ACCEPTED = Answer(Outcome.DELIVERED, "accepted")
WRONG = "wrong-one"
BEYOND_ASCII = "pässword"
RECORD_HEAD = b"\x16\x03\x03\x40\x00"  # of a handshake record of 16 KB
PATIENCE_SECONDS = 10.0


def sink(
    port: int,
    security: str = "starttls",
    *,
    password: str | None = None,
    tls: ssl.SSLContext | None = None,
    answer_seconds: float = 15.0,
    **other: Any,
) -> SmtpSink:
    login = {"username": USERNAME, "password_env": "X"} if password else {}
    settings = SmtpSettings.model_validate(
        {
            "kind": "smtp",
            "host": HOST,
            "port": port,
            "security": security,
            "from": "custody-clock@example.org",
            "to": TO,
            **login,
            **other,
        }
    )
    return SmtpSink(settings, password, subject_and_text, tls or trusting(), answer_seconds)


def outgoing(event: Outbound) -> OutgoingNotice:
    return OutgoingNotice("1-0", event, event.to_wire(), 1)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as here:
        yield here


def test_the_letter_arrives_encrypted_at_every_recipient(mail: MailServer) -> None:
    event = sample(IceReleaseDateGiven, DATES[2] | {"hold_request": "declined"})
    assert sink(mail.port).send([outgoing(event)]) == ACCEPTED
    (got,) = mail.got
    letter = write(event, LOS_ANGELES)
    assert got.was_encrypted
    assert got.recipients == list(TO)
    assert got.message["Subject"] == letter.subject
    assert got.message["To"] == ", ".join(TO)
    assert got.message["From"] == "custody-clock@example.org"
    assert got.message["Auto-Submitted"] == "auto-generated"
    assert got.message["Date"].datetime == event.time.replace(microsecond=0)
    assert got.message.get_content().replace("\r\n", "\n") == letter.text


@pytest.mark.parametrize("security", ["tls", "none"])
def test_other_ways_to_connect(security: str) -> None:
    with mail_server(security) as mail:
        assert sink(mail.port, security).send([notice()]) == ACCEPTED
        assert mail.got[0].was_encrypted == (security == "tls")


def test_the_message_id_is_the_same_at_every_attempt_and_another_for_another_notice(mail: MailServer) -> None:
    for one in (notice(1), notice(1), notice(2)):
        sink(mail.port).send([one])
    ids = [got.message["Message-ID"] for got in mail.got]
    assert ids[0] == ids[1] == message_id_of(notice(1).event.id, "custody-clock@example.org")
    assert ids[1] != ids[2]
    assert ids[0].endswith("@example.org>")


@pytest.mark.parametrize("text", ["é — §", "a\u202eb", "a\u0085Bcc: x@example.org", "a\u2028b", "x" * 512])
def test_text_from_outside_is_text_in_a_mail(mail: MailServer, text: str) -> None:
    event = sample(ClockAlarmed, {"code": "event_refused", "detail": text}, id=text)
    assert sink(mail.port).send([outgoing(event)]) == ACCEPTED
    message = mail.got[0].message
    assert message.get_content().replace("\r\n", "\n") == write(event, LOS_ANGELES).text
    assert message["Bcc"] is None


def test_no_letter_has_a_subject_of_two_lines() -> None:
    for event in every_letter():
        assert write(event, LOS_ANGELES).subject.isprintable()


def test_a_server_without_starttls_is_sent_nothing() -> None:
    with mail_server("none") as mail:
        answer = sink(mail.port).send([notice()])
        assert answer == Answer(Outcome.AGAIN, "the server offers no STARTTLS: nothing is sent in the clear")
        assert mail.got == []


def test_a_server_that_takes_starttls_back_is_sent_nothing() -> None:
    lines = (b"220 x\r\n", b"250-x\r\n250 STARTTLS\r\n", b"454 not now\r\n", b"221 bye\r\n")
    with raw_server(*lines) as port:
        answer = sink(port).send([notice()])
    assert answer == Answer(Outcome.AGAIN, "SMTP 454: the server is not ready for a letter")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_for_another_name_is_an_error(security: str) -> None:
    with (
        mail_server(security, tls=server_tls("mail.elsewhere.example")) as mail,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        sink(mail.port, security).send([notice()])
    assert mail.got == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_an_error(security: str) -> None:
    with mail_server(security) as mail, pytest.raises(ssl.SSLCertVerificationError):
        sink(mail.port, security, tls=ssl.create_default_context()).send([notice()])
    assert mail.got == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it knows of STARTTLS alone
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_login_is_given_where_it_is_asked_for(security: str) -> None:
    with mail_server(security, login=True) as mail:
        assert sink(mail.port, security, password=PASSWORD).send([notice()]) == ACCEPTED
        assert mail.logins == [USERNAME]


def test_a_wrong_password_is_for_a_person_to_mend() -> None:
    with mail_server(login=True) as mail:
        answer = sink(mail.port, password=WRONG).send([notice()])
        assert answer == Answer(
            Outcome.AGAIN, "SMTP 535: the server does not accept the username and password"
        )
        assert mail.got == []


def test_a_login_that_is_missing_is_for_a_person_to_mend() -> None:
    with mail_server(login=True) as mail:
        assert sink(mail.port).send([notice()]) == Answer(
            Outcome.AGAIN, "SMTP 530: the server refused the sender"
        )


@pytest.mark.parametrize("offers", [b"250 x\r\n", b"250-x\r\n250 AUTH GSSAPI XOAUTH2\r\n"])
def test_a_login_that_is_not_offered_is_for_a_person_to_mend(offers: bytes) -> None:
    with raw_server(b"220 x\r\n", offers, b"221 bye\r\n") as port:
        answer = sink(port, "none", password=PASSWORD).send([notice()])
    assert answer.outcome is Outcome.AGAIN
    assert "offers no login" in answer.detail


def test_a_password_beyond_ascii_is_for_a_person_to_mend() -> None:
    with mail_server(login=True) as mail:
        answer = sink(mail.port, password=BEYOND_ASCII).send([notice()])
    assert answer == Answer(Outcome.AGAIN, "username and password may have ASCII characters only")


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ({"MAIL": "550 no"}, Answer(Outcome.REFUSED, "SMTP 550: the server refused the sender")),
        ({"MAIL": "451 later"}, Answer(Outcome.AGAIN, "SMTP 451: the server refused the sender")),
        ({"MAIL": "530 log in"}, Answer(Outcome.AGAIN, "SMTP 530: the server refused the sender")),
        ({"RCPT": "550 no"}, Answer(Outcome.REFUSED, "SMTP 550: the server refused every recipient")),
        ({"RCPT": "450 later"}, Answer(Outcome.AGAIN, "SMTP 450: the server refused every recipient")),
        ({"RCPT": "421 closing"}, Answer(Outcome.AGAIN, "SMTP 421: the server refused every recipient")),
        ({"DATA": "554 no"}, Answer(Outcome.REFUSED, "SMTP 554: the server refused the letter")),
        ({"DATA": "452 full"}, Answer(Outcome.AGAIN, "SMTP 452: the server refused the letter")),
        ({"QUIT": "421 closing"}, ACCEPTED),
        ({"QUIT": "550 no"}, ACCEPTED),
        (
            {TO[0]: "550 no", TO[1]: "450 later", TO[2]: "550 no"},
            Answer(Outcome.AGAIN, "SMTP 450, 550: the server refused every recipient"),
        ),
        (
            {TO[1]: "550 no"},
            Answer(
                Outcome.DELIVERED,
                "accepted; refused for recipient 2 (SMTP 550) of 3",
                shortfall="refused for recipient 2 (SMTP 550) of 3",
            ),
        ),
        (
            {TO[0]: "550 no", TO[2]: "452 full"},
            Answer(
                Outcome.DELIVERED,
                "accepted; refused for recipient 1 (SMTP 550), recipient 3 (SMTP 452) of 3",
                shortfall="refused for recipient 1 (SMTP 550), recipient 3 (SMTP 452) of 3",
            ),
        ),
    ],
)
def test_what_the_server_answers(mail: MailServer, replies: dict[str, str], expected: Answer) -> None:
    mail.replies = replies
    assert sink(mail.port).send([notice()]) == expected
    assert len(mail.got) == (expected.outcome is Outcome.DELIVERED)


@pytest.mark.parametrize(
    ("greeting", "detail"),
    [
        (b"554 no mail here\r\n", "SMTP 554: the server is not ready for a letter"),
        (b"421 busy\r\n", "SMTP 421: the server is not ready for a letter"),
        (b"nonsense\r\n", "SMTP -1: the server is not ready for a letter"),
        (b"2" * 20_000, "SMTP 500: the server is not ready for a letter"),
    ],
)
def test_a_server_that_is_not_ready_is_tried_again(greeting: bytes, detail: str) -> None:
    """Nothing was said about the letter."""
    with raw_server(greeting) as port:
        assert sink(port).send([notice()]) == Answer(Outcome.AGAIN, detail)


@pytest.mark.parametrize(
    ("security", "lines", "trickle"),
    [
        ("starttls", (), b""),
        ("starttls", (), b"2"),
        ("starttls", (b"220-x\r\n",), b"220-and more\r\n"),
        ("starttls", (b"220 x\r\n", b"250-x\r\n"), b"250-y\r\n"),
        ("starttls", (b"220 x\r\n", b"250-x\r\n250 STARTTLS\r\n", b"220 go\r\n"), b""),
        ("starttls", (b"220 x\r\n", b"250-x\r\n250 STARTTLS\r\n", b"220 go\r\n", RECORD_HEAD), b"\x02"),
        ("tls", (), b""),
        ("tls", (RECORD_HEAD,), b"\x02"),
    ],
)
def test_a_server_cannot_stretch_the_exchange(
    security: str, lines: tuple[bytes, ...], trickle: bytes
) -> None:
    with raw_server(*lines, trickle=trickle) as port:
        started = time.monotonic()
        assert sink(port, security, answer_seconds=0.5).send([notice()]) == Answer(
            Outcome.AGAIN, "no answer in time"
        )
        assert time.monotonic() - started < PATIENCE_SECONDS


def test_one_that_goes_away_with_the_letter_counts_as_not_delivered(mail: MailServer) -> None:
    mail.drops = True
    with pytest.raises(OSError, match="closed"):
        sink(mail.port).send([notice()])
    mail.drops = False
    assert sink(mail.port).send([notice()]) == ACCEPTED
    first, second = (got.message["Message-ID"] for got in mail.got)
    assert first == second


def test_a_goodbye_that_never_comes_changes_nothing() -> None:
    replies = (b"220 x\r\n", *[b"250 x\r\n"] * 5, b"354 go\r\n", b"250 taken\r\n")
    with raw_server(*replies, closes=True) as port:
        assert sink(port, "none").send([notice()]) == ACCEPTED


def test_one_that_closes_the_connection_is_an_error() -> None:
    with pytest.raises(ConnectionRefusedError):
        sink(9, "none").send([notice()])
    with raw_server() as port:
        gone = port
    with pytest.raises(OSError, match=r"(?i)refused|closed"):
        sink(gone, "none").send([notice()])


def test_each_address_of_the_host_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server("none") as mail:
        found = [(2, 1, 6, "", (address, mail.port)) for address in ("127.0.0.9", "127.0.0.1")]
        monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
        assert sink(mail.port, "none").send([notice()]) == ACCEPTED


def test_no_thread_and_no_connection_is_left(mail: MailServer) -> None:
    before = threading.active_count()
    for replies in ({}, {"MAIL": "550 no"}, {"MAIL": "421 closing"}):
        mail.replies = replies
        sink(mail.port).send([notice()])
    assert threading.active_count() == before


def test_nothing_secret_is_in_what_is_kept(mail: MailServer) -> None:
    details = []
    for replies in ({TO[0]: f"550 {TO[0]} {PASSWORD}"}, {"DATA": f"554 {TO[0]}"}, {"MAIL": f"451 {BOOKING}"}):
        mail.replies = replies
        answer = sink(mail.port).send([notice()])
        details.append(answer.detail + answer.shortfall)
    with mail_server(login=True) as asking:
        details.append(sink(asking.port, password=WRONG).send([notice()]).detail)
    for secret in (*TO, PASSWORD, WRONG, USERNAME, "example.org", HOST, BOOKING):
        assert all(secret not in detail for detail in details)


def test_nothing_is_looked_up_about_ourselves(mail: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A DNS that does not answer would hold up every mail."""

    def not_by_us(*_: object) -> str:
        assert threading.current_thread() is not threading.main_thread(), "asked for our own name"
        return "the-server"

    monkeypatch.setattr("socket.getfqdn", not_by_us)
    assert sink(mail.port).send([notice()]) == ACCEPTED
