"""A mail server."""

import smtplib
import ssl
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from typing import Final, TypeAlias

from events.outbound import Outbound
from worker.delivery.routing import SmtpSettings
from worker.delivery.sink import Answer, Outcome, OutgoingNotice

ANSWER_SECONDS: Final = 15.0

WriteLetter: TypeAlias = Callable[[Outbound], tuple[str, str]]
"""Makes the subject and the text of a notice, for a person."""

_LASTING: Final = range(500, 600)
"""The server will never take it (RFC 5321, 4.2.1)."""


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
    ) -> None:
        """`write` makes the letter of a notice."""
        self._settings = settings
        self._password = password
        self._write = write
        self._tls = tls or ssl.create_default_context()

    def send(self, notices: Sequence[OutgoingNotice]) -> Answer:
        """Send the notice. A recipient who is refused is a shortfall, as long as another was taken."""
        (notice,) = notices
        message = self._message(notice)
        try:
            with self._connect() as server:
                refused = server.send_message(message, self._settings.sender, list(self._settings.to))
        except smtplib.SMTPRecipientsRefused as error:
            return _failure([code for code, _ in error.recipients.values()])
        except smtplib.SMTPResponseException as error:
            return _failure([error.smtp_code])
        if not refused:
            return Answer(Outcome.DELIVERED, "accepted")
        codes = ", ".join(sorted({str(code) for code, _ in refused.values()}))
        of = f"{len(refused)} of {len(self._settings.to)} recipients were refused ({codes})"
        return Answer(Outcome.DELIVERED, f"accepted; {of}", shortfall=of)

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

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=ANSWER_SECONDS, context=self._tls
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=ANSWER_SECONDS)
            if settings.security == "starttls":
                server.starttls(context=self._tls)
        if settings.username is not None and self._password is not None:
            server.login(settings.username, self._password)
        return server


def message_id_of(event_id: str, sender: str) -> str:
    """The `Message-ID` of a notice: the same at every attempt, so that a mail server drops a repeat."""
    return f"<{sha256(event_id.encode()).hexdigest()[:32]}@{sender.partition('@')[2]}>"


def _failure(codes: Sequence[int]) -> Answer:
    detail = f"SMTP {', '.join(sorted({str(code) for code in codes}))}"
    is_lasting = all(code in _LASTING for code in codes)
    return Answer(Outcome.REFUSED if is_lasting else Outcome.AGAIN, detail)
