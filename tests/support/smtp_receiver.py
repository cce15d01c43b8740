"""A real SMTP server that answers as it is made to."""

import asyncio
import email
import email.policy
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cache
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "localhost"
USERNAME = "custody-user-7"
PASSWORD = "kept-from-receipts"  # noqa: S105 (of a server in a test)

_PATIENCE_SECONDS = 10.0
_ROUNDS_TO_CLOSE = 10


@cache
def authority() -> trustme.CA:
    """Whom the tests' mail servers are vouched for by."""
    return trustme.CA()


def trusting() -> ssl.SSLContext:
    """What a sink that trusts them uses."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


def server_tls(*names: str) -> ssl.SSLContext:
    """The TLS of a server with these names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(*(names or (HOST,))).configure_cert(context)
    return context


@dataclass
class Received:
    """One mail as it arrived."""

    message: EmailMessage
    recipients: list[str]
    was_encrypted: bool


@dataclass
class MailServer:
    """Keeps what arrives.

    Attributes:
        replies: what it answers to a command (`MAIL`, `RCPT`, `DATA`, `QUIT`) or about a recipient; else OK.
        logins: the user names that were accepted.
        drops: whether it closes the connection once it has a mail, without a word.
        hangs: whether it then says nothing.
    """

    port: int = 0
    got: list[Received] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    logins: list[str] = field(default_factory=list)
    drops: bool = False
    hangs: bool = False

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" in self.replies:
            return self.replies["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        reply = self.replies.get(address) or self.replies.get("RCPT")
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "DATA" in self.replies:
            return self.replies["DATA"]
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.got.append(Received(message, list(envelope.rcpt_tos), _is_encrypted(server)))
        if self.hangs:
            await server.loop.create_future()
        if self.drops:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 OK"

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        return self.replies.get("QUIT", "221 Bye")

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, credentials: Any
    ) -> AuthResult:
        if isinstance(credentials, LoginPassword) and credentials.password == PASSWORD.encode():
            self.logins.append(credentials.login.decode())
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False)


@contextmanager
def mail_server(
    security: str = "starttls",
    *,
    tls: ssl.SSLContext | None = None,
    login: bool = False,
    mail: MailServer | None = None,
) -> Iterator[MailServer]:
    """A server on a free port of this machine; with a `login` it takes no mail without one."""
    mail = mail or MailServer()
    context = tls or server_tls()
    controller = Controller(
        mail,
        hostname="127.0.0.1",
        port=mail.port or _free_port(),
        ssl_context=context if security == "tls" else None,
        tls_context=context if security == "starttls" else None,
        require_starttls=security == "starttls",
        authenticator=mail.authenticate if login else None,
        auth_required=login,
        auth_require_tls=security == "starttls",
    )
    controller.start()
    mail.port = controller.port
    try:
        yield mail
    finally:
        # The controller stops its loop at once, whatever is still open or about to close.
        for _ in range(_ROUNDS_TO_CLOSE):
            asyncio.run_coroutine_threadsafe(_end_connections(), controller.loop).result(_PATIENCE_SECONDS)
        controller.stop()


async def _end_connections() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _is_encrypted(server: SMTP) -> bool:
    assert server.transport is not None
    return server.transport.get_extra_info("ssl_object") is not None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
