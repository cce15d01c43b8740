"""Who is sent what: the sinks of a site, and which of them a notice goes to."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from events.envelope import RouteAlias
from events.outbound import ClockAlarmed, Outbound

AUDIENCES: Final = ("jms", "watch", "ice", "subject", "counsel")

NOTICES_FILE_SINK: Final = "notices-file"
"""The sink that is always there: takes alarms that no other can, without a routing file everything."""

NOBODY: Final = "nobody"
"""Takes what is to go to a route that leads nowhere; it refuses everything, so that somebody hears of it."""

LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})

SinkName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
VariableName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("give https:// and a host, as in https://jms.example/custody")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
        raise ValueError("use https://; http:// is for this machine only")
    if parts.username or parts.password:
        raise ValueError("take the user and the password out of the address; webhooks are signed instead")
    return url


def _one_or_more(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


class FileSettings(_Settings):
    """A file of JSON lines."""

    kind: Literal["file"]
    path: Path


class WebhookSettings(_Settings):
    """An HTTP receiver, as Standard Webhooks. During a rotation there are two secrets; both sign."""

    kind: Literal["webhook"]
    url: Annotated[str, AfterValidator(_web_address)]
    secret_env: Annotated[tuple[VariableName, ...], BeforeValidator(_one_or_more)] = Field((), max_length=2)
    secret_file: Annotated[tuple[Path, ...], BeforeValidator(_one_or_more)] = Field((), max_length=2)
    allow_network: IPv4Network | IPv6Network | None = None
    """The private network that the receiver's address may be in."""

    @model_validator(mode="after")
    def _has_one_secret(self) -> "WebhookSettings":
        if bool(self.secret_env) == bool(self.secret_file):
            raise ValueError("give either secret_env or secret_file")
        return self


class SmtpSettings(_Settings):
    """A mail server. `none` is for one on this machine only."""

    kind: Literal["smtp"]
    host: Annotated[str, StringConstraints(min_length=1)]
    port: int = Field(ge=1, le=65535)
    security: Literal["starttls", "tls", "none"]
    username: str | None = None
    password_env: VariableName | None = None
    password_file: Path | None = None
    sender: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")] = Field(alias="from")
    to: tuple[Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_safe(self) -> "SmtpSettings":
        if self.security == "none" and self.host not in LOOPBACK_HOSTS:
            raise ValueError('security "none" is for a mail server on this machine only')
        has_password = self.password_env is not None or self.password_file is not None
        if self.password_env is not None and self.password_file is not None:
            raise ValueError("give either password_env or password_file")
        if (self.username is not None) != has_password:
            raise ValueError("username and a password go together")
        return self


class StreamSettings(_Settings):
    """A stream of another Valkey or Redis server."""

    kind: Literal["stream"]
    url_env: VariableName
    key: Annotated[str, StringConstraints(min_length=1)]
    maxlen: int | None = Field(default=None, ge=1)


SinkSettings: TypeAlias = FileSettings | WebhookSettings | SmtpSettings | StreamSettings


class RoutingDocument(_Settings):
    """The routing file as it is written."""

    sinks: dict[SinkName, Annotated[SinkSettings, Field(discriminator="kind")]]
    audiences: dict[Literal["jms", "watch", "ice", "subject", "counsel"], tuple[str, ...]]
    routes: dict[RouteAlias, tuple[str, ...]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Addressed:
    """Where a notice goes.

    Attributes:
        sinks: their names; none where the site's answer is that nobody is sent it.
        is_alias_unknown: whether it names a route that the routing file does not have.
    """

    sinks: tuple[str, ...]
    is_alias_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Routing:
    """The sinks of a site by name, and who is sent what."""

    sinks: dict[str, SinkSettings]
    audiences: dict[str, tuple[str, ...]]
    routes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    is_configured: bool = True
    """Whether there is a routing file; without one everything goes to the notices file."""
    places: dict[str, str] = field(default_factory=dict)
    """Where in the routing file each sink's secret is named: file and line, for a message."""

    @classmethod
    def of(cls, document: RoutingDocument, notices_file: Path, places: dict[str, str]) -> "Routing":
        """The routing of a site with a routing file, and the notices file beside its sinks."""
        sinks: dict[str, Any] = {**document.sinks, NOTICES_FILE_SINK: _file(notices_file)}
        audiences = {str(name): sinks for name, sinks in document.audiences.items()}
        return cls(sinks, audiences, document.routes, places=places)

    @classmethod
    def to_file(cls, notices_file: Path) -> "Routing":
        """Everything goes to one file."""
        to_file: dict[str, tuple[str, ...]] = dict.fromkeys(AUDIENCES, (NOTICES_FILE_SINK,))
        return cls({NOTICES_FILE_SINK: _file(notices_file)}, to_file, is_configured=False)

    def address(self, event: Outbound) -> Addressed:
        """Where this notice goes."""
        by_audience = self.audiences[event.audience]
        if isinstance(event, ClockAlarmed) and event.data.sink is not None:
            others = tuple(name for name in by_audience if name != event.data.sink)
            return Addressed(others or (NOTICES_FILE_SINK,))
        if event.route is None or not self.is_configured:
            return Addressed(by_audience)
        is_known = event.route in self.routes
        return Addressed(self.routes[event.route] if is_known else by_audience, not is_known)

    def leads_nowhere(self, event: Outbound) -> bool:
        """Whether a notice names a route, and nobody is behind it."""
        return event.route is not None and not self.address(event).sinks


def _file(path: Path) -> FileSettings:
    return FileSettings(kind="file", path=path)
