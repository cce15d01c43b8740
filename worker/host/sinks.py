"""Makes the sinks of a site: reads the routing file and the secrets that it names."""

import base64
import binascii
import os
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

from worker.clock import SystemClock
from worker.delivery.routing import (
    NOBODY,
    FileSettings,
    Routing,
    SinkSettings,
    SmtpSettings,
    StreamSettings,
    WebhookSettings,
)
from worker.delivery.routing_file import RoutingFileError, read_routing
from worker.delivery.sink import Sink
from worker.delivery.sinks.file import FileSink
from worker.delivery.sinks.guarded_http import GuardedHttp
from worker.delivery.sinks.nobody import Nobody
from worker.delivery.sinks.smtp import SmtpSink, WriteLetter
from worker.delivery.sinks.stream import StreamSink
from worker.delivery.sinks.webhook import WebhookSink
from worker.settings import Settings
from worker.store.connection import connect

NOTICES_FILE: Final = "notices.jsonl"
_SECRET_BYTES: Final = range(24, 65)
"""As Standard Webhooks asks for."""
_HEARTBEAT_SECONDS: Final = 10.0


def routing_of(settings: Settings) -> Routing:
    """Who is sent what at this site; without a routing file everything goes to the notices file.

    Raises:
        RoutingFileError: the file cannot be used.
    """
    notices_file = settings.data_dir / NOTICES_FILE
    if settings.routes is None:
        return Routing.to_file(notices_file)
    return read_routing(settings.routes, notices_file)


def secret_variables(settings: Settings) -> set[str]:
    """The variables that the routing file names; none if it cannot be read."""
    try:
        sinks = routing_of(settings).sinks.values()
    except RoutingFileError:
        return set()
    names: set[str] = set()
    for sink in sinks:
        match sink:
            case WebhookSettings():
                names.update(sink.secret_env)
            case SmtpSettings() if sink.password_env is not None:
                names.add(sink.password_env)
            case StreamSettings():
                names.add(sink.url_env)
    return names


def check_routes(settings: Settings) -> None:
    """Read the routing file and every secret that it names.

    Raises:
        RoutingFileError: one of them cannot be used.
    """
    make_sinks(routing_of(settings), SystemClock(), lambda _: ("", ""), files_only=False)


def heartbeat_call(settings: Settings) -> Callable[[], int] | None:
    """Calls `heartbeat_url` once, with no data, and returns the HTTP status; None if none is set."""
    url = settings.heartbeat_url
    if url is None:
        return None
    http = GuardedHttp(ssl.create_default_context(), _HEARTBEAT_SECONDS, settings.heartbeat_network)
    return lambda: http.exchange("GET", url, {"user-agent": "custody-clock"}).status


def make_sinks(
    routing: Routing, clock: SystemClock, write: WriteLetter, *, files_only: bool
) -> dict[str, Sink]:
    """Every sink by name, or only those that are files; and always the one that stands for nobody.

    Args:
        write: makes the letter of a notice, for mail.

    Raises:
        RoutingFileError: a secret is missing or cannot be used; its value is not shown.
    """
    sinks: dict[str, Sink] = {NOBODY: Nobody()}
    for name, settings in routing.sinks.items():
        if not files_only or isinstance(settings, FileSettings):
            try:
                sinks[name] = _make(name, settings, clock, write)
            except RoutingFileError as error:
                raise RoutingFileError(f"{routing.places[name]}: {error}") from None
    return sinks


def _make(name: str, settings: SinkSettings, clock: SystemClock, write: WriteLetter) -> Sink:
    match settings:
        case FileSettings():
            return FileSink(settings.path)
        case WebhookSettings():
            secrets = [*(_variable(name, variable) for variable in settings.secret_env)]
            secrets += [_content(name, path) for path in settings.secret_file]
            for secret in secrets:
                _check_signing_secret(name, secret)
            return WebhookSink(settings, secrets, clock)
        case StreamSettings():
            return StreamSink(settings, connect(_variable(name, settings.url_env)))
        case SmtpSettings():
            return SmtpSink(settings, _password(name, settings), write)


def _password(name: str, settings: SmtpSettings) -> str | None:
    if settings.password_env is not None:
        return _variable(name, settings.password_env)
    return _content(name, settings.password_file) if settings.password_file is not None else None


def _variable(sink: str, variable: str) -> str:
    value = os.environ.get(variable, "").strip()
    if not value:
        raise RoutingFileError(f"sink {sink}: the variable {variable} is not set: set it, then start again")
    return value


def _content(sink: str, path: Path) -> str:
    try:
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        kind = type(error).__name__
        raise RoutingFileError(f"sink {sink}: the file {path} cannot be read ({kind}): check it") from None
    if not value:
        raise RoutingFileError(f"sink {sink}: the file {path} is empty: put the secret into it")
    return value


def _check_signing_secret(sink: str, secret: str) -> None:
    """Standard Webhooks asks for 24 to 64 bytes; the library takes any number."""
    try:
        size = len(base64.b64decode(secret.removeprefix("whsec_") + "==", validate=False))
    except binascii.Error:
        size = 0
    if size not in _SECRET_BYTES:
        raise RoutingFileError(
            f"sink {sink}: its secret has {size} bytes, not 24 to 64: make one with "
            "`echo whsec_$(openssl rand -base64 32)`"
        )
