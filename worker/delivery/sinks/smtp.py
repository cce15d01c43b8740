"""A mail server. A recipient who needs attempts apart from the others' gets a sink of his own."""

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from smtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from typing import Final, TypeAlias

from events.outbound import Outbound
from worker.delivery.routing import SmtpSettings
from worker.delivery.sink import Answer, Outcome, OutgoingNotice
from worker.delivery.sinks.bounded_smtp import BoundedSmtp

ANSWER_SECONDS: Final = 15.0

WriteLetter: TypeAlias = Callable[[Outbound], tuple[str, str]]
"""Makes the subject, a line, and the text of a notice, for a person."""

_LASTING: Final = range(500, 600)
"""The server will never take it (RFC 5321, 4.2.1)."""

_LOGIN_NEEDED: Final = 530
"""Lasting for the session, not for the letter (RFC 4954, 6)."""


class SmtpSink:
    """Sends each notice as a letter that a person reads, to all recipients of the sink."""

    most_at_once = 1
    waits_out_failures = False

    def __init__(
        self,
        settings: SmtpSettings,
        password: str | None,
        write: WriteLetter,
        tls: ssl.SSLContext | None = None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """`write` makes the letter of a notice. One exchange takes at most `answer_seconds`."""
        self._settings = settings
        self._password = password
        self._write = write
        self._tls = tls or ssl.create_default_context()
        self._answer_seconds = answer_seconds

    def send(self, notices: Sequence[OutgoingNotice]) -> Answer:
        """Send the notice. A recipient who is refused is a shortfall, as long as another was taken.

        Also one who is refused for now (4xx): another attempt would repeat the letter to those who have it,
        and until it succeeds would keep from them all that follows about the booking.
        """
        (notice,) = notices
        message = self._message(notice)
        give_up_at = time.monotonic() + self._answer_seconds
        try:
            return self._exchange(message, give_up_at)
        except OSError as error:
            if time.monotonic() >= give_up_at:
                # The connection was shut down from our side: the error does not say why.
                return Answer(Outcome.AGAIN, "no answer in time")
            if isinstance(error, SMTPResponseException):
                return Answer(Outcome.AGAIN, f"SMTP {error.smtp_code}: the server is not ready for a letter")
            raise

    def _exchange(self, message: EmailMessage, give_up_at: float) -> Answer:
        settings = self._settings
        with BoundedSmtp(settings, self._tls, give_up_at) as server:
            obstacle = self._log_in(server)
            if obstacle:
                return Answer(Outcome.AGAIN, obstacle)
            try:
                refused = server.send_message(message, settings.sender, list(settings.to))
            except SMTPRecipientsRefused as error:
                return _failure([code for code, _ in error.recipients.values()], "every recipient")
            except SMTPSenderRefused as error:
                return _failure([error.smtp_code], "the sender")
            except SMTPDataError as error:
                return _failure([error.smtp_code], "the letter")
            except SMTPNotSupportedError:
                return Answer(Outcome.AGAIN, "the server takes no addresses beyond ASCII")
        return _delivered(refused, settings.to)

    def _log_in(self, server: BoundedSmtp) -> str:
        """What keeps the server from being used, for a person to mend; empty if nothing does."""
        try:
            server.ehlo_or_helo_if_needed()
            if self._settings.security == "starttls":
                if not server.has_extn("starttls"):
                    return "the server offers no STARTTLS: nothing is sent in the clear"
                server.starttls(context=self._tls)
                server.ehlo_or_helo_if_needed()
            if self._settings.username is not None and self._password is not None:
                server.login(self._settings.username, self._password)
        except SMTPAuthenticationError as error:
            return f"SMTP {error.smtp_code}: the server does not accept the username and password"
        except SMTPException as error:
            # smtplib has no class for a login by other means than a password.
            if type(error) not in {SMTPNotSupportedError, SMTPException}:
                raise
            return "the server offers no login by password: use another port or server, or none"
        except UnicodeEncodeError:
            return "username and password may have ASCII characters only"
        return ""

    def _message(self, notice: OutgoingNotice) -> EmailMessage:
        subject, text = self._write(notice.event)
        message = EmailMessage()
        message["Subject"] = subject
        message["From"] = self._settings.sender
        message["To"] = ", ".join(self._settings.to)
        message["Date"] = format_datetime(notice.event.time)
        message["Message-ID"] = message_id_of(notice.event.id, self._settings.sender)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message


def message_id_of(event_id: str, sender: str) -> str:
    """The `Message-ID` of a notice: the same at every attempt, so that a receiver can drop a repeat."""
    return f"<{sha256(event_id.encode()).hexdigest()[:32]}@{sender.partition('@')[2]}>"


def _delivered(refused: Mapping[str, tuple[int, bytes]], to: Sequence[str]) -> Answer:
    """Recipients are named by their place in the routing file: receipts and logs have no addresses."""
    if not refused:
        return Answer(Outcome.DELIVERED, "accepted")
    places = ", ".join(
        f"recipient {place} (SMTP {refused[address][0]})"
        for place, address in enumerate(to, 1)
        if address in refused
    )
    shortfall = f"refused for {places} of {len(to)}"
    return Answer(Outcome.DELIVERED, f"accepted; {shortfall}", shortfall=shortfall)


def _failure(codes: Sequence[int], what: str) -> Answer:
    """Lasting only if it is so for every recipient: one who is refused for now may be served later."""
    detail = f"SMTP {', '.join(sorted({str(code) for code in codes}))}: the server refused {what}"
    is_lasting = all(code in _LASTING and code != _LOGIN_NEEDED for code in codes)
    return Answer(Outcome.REFUSED if is_lasting else Outcome.AGAIN, detail)
