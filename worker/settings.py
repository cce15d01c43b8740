"""The service's settings: environment variables with the prefix CUSTODY_."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from worker.sentinel_group import SCHEME as SENTINEL
from worker.sentinel_group import SentinelGroup


def _store_address(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme == SENTINEL:
        return _group_address(url)
    usable = parts.scheme in {"redis", "rediss"} and parts.hostname and parts.port != 0
    if not usable and not (parts.scheme == "unix" and parts.path):
        raise ValueError(
            "give redis://, rediss://, unix:// or redis+sentinel:// and an address, as in redis://host:6379/0"
        )
    return _verified(url)


def _broker_address(url: str | None) -> str | None:
    return _group_address(url) if url and urlsplit(url).scheme == SENTINEL else _verified(url)


def _group_address(url: str) -> str:
    SentinelGroup.of(url)
    return url


def _verified(url: str | None) -> str | None:
    """With TLS whoever answers must prove who it is: else anyone between could read and answer all."""
    options = dict(parse_qsl(urlsplit(url).query)) if url else {}
    if options.get("ssl_cert_reqs", "required") not in {"required", "CERT_REQUIRED"}:
        raise ValueError("certificates are always verified: leave out ssl_cert_reqs, and name the authority")
    if options.get("ssl_check_hostname", "true").lower() not in {"true", "1", "yes"}:
        raise ValueError("host names are always verified: leave out ssl_check_hostname")
    return url


def _web_address(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("give https:// and a host, as in https://monitor.example/ping/…")
    if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ValueError("use https://; http:// is for this machine only")
    if parts.username or parts.password:
        raise ValueError("take the user and the password out of the address: they would not be sent")
    return url


_PREFIX: Final = "CUSTODY_"


class SettingsError(ValueError):
    """A setting has a value that cannot be used; the message names the variable."""


class Settings(BaseSettings):
    """The settings of a site. URLs may contain a password and are never displayed."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    store_url: Annotated[str | None, AfterValidator(_store_address)] = Field(default=None, repr=False)
    """URL of Valkey or Redis; unset: an embedded Valkey under `data_dir`."""
    broker_url: Annotated[str | None, AfterValidator(_broker_address)] = Field(default=None, repr=False)
    """URL of Celery's broker; unset: the next database of the store's server."""
    data_dir: Path = Path("./var")
    """Directory of the embedded store, the notices file and the heartbeat."""
    profile: str = "lapd-2016-11"
    """Name of a shipped profile, or path of a site's own."""
    shards: int = Field(default=1, ge=1, le=1024)
    """Number of shards that bookings are distributed over."""
    routes: Path | None = None
    """Path of a routing file; checked by `doctor`, otherwise unused: notices always go to a file."""
    tokens: Path | None = None
    """Path of the token file: who may use the board, send events, read metrics."""
    board_host: str = "127.0.0.1"
    """Address that the board listens on."""
    board_port: int = Field(default=8247, ge=0, le=65535)
    """Port that the board listens on; 0: any that is free."""
    min_replicas: int = Field(default=0, ge=0, le=16)
    """How many replicas must have an event before HTTP intake says that it is accepted."""
    accepted_files: bool = True
    """Whether HTTP intake also writes what it accepts to a file of the day under `data_dir`."""
    worker_metrics_port: int | None = Field(default=None, ge=1, le=65535)
    """Port on which a worker serves its own metrics; unset: it listens to nothing."""
    worker_metrics_host: str = "127.0.0.1"
    """Address that it then listens on."""
    heartbeat_url: Annotated[str | None, AfterValidator(_web_address)] = Field(default=None, repr=False)
    """URL that a worker calls each minute while nobody is due and unreleased and the store takes writes."""
    heartbeat_network: IPv4Network | IPv6Network | None = None
    """The private network that its address may be in."""
    late_grace_seconds: int = Field(default=60, ge=0, le=600)
    """How long a booking that is past its deadline on arrival waits for the rest of upstream's report."""
    departures_expected: bool = True
    """Whether upstream reports departures.

    If not, nobody is reported as still in the building; late releases still are.
    """
    accept_unsafe_store: bool = False
    """Start a worker on a store that may lose records or evict timers."""
    log_format: Literal["json", "console"] | None = None
    """Format of log lines; unset: for a person if standard error is a terminal, else JSON."""


def read_settings() -> Settings:
    """The settings from the environment.

    Raises:
        SettingsError: a variable has a value that cannot be used; names the variable, never its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"CUSTODY_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        )
        raise SettingsError(problems) from None


def unknown_settings(variables: Iterable[str]) -> dict[str, str]:
    """The variables that have the prefix of a setting and are none, each with a sentence for a person.

    Args:
        variables: the names of environment variables; upper and lower case count as the same, as they do for
            settings.
    """
    known = [f"{_PREFIX}{name.upper()}" for name in Settings.model_fields]
    unknown = {}
    for variable in sorted(variables):
        name = variable.upper()
        if name.startswith(_PREFIX) and name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "remove it, or see the settings in OPERATING.md"
            unknown[variable] = f"{variable} is no setting: {hint}"
    return unknown


@dataclass(frozen=True, slots=True)
class Broker:
    """Celery's broker.

    Attributes:
        url: as Celery wants it.
        options: what its transport needs besides, of a Sentinel group.
    """

    url: str = field(repr=False)
    options: dict[str, Any] = field(default_factory=dict, repr=False)


def broker_of(settings: Settings, store_url: str) -> Broker:
    """Celery's broker as set, or beside the store. Celery is made to verify its certificate.

    Raises:
        SettingsError: as `broker_beside`.
    """
    set_url = settings.broker_url
    parts = urlsplit(set_url or store_url)
    if parts.scheme == SENTINEL:
        group = SentinelGroup.of(set_url or store_url)
        database = group.database if set_url else group.database + 1
        options = {"master_name": group.name, "sentinel_kwargs": group.sentinel_login()}
        return Broker(group.celery_url(database), options)
    url = set_url or broker_beside(store_url)
    parts = urlsplit(url)
    if parts.scheme != "rediss" or "ssl_cert_reqs=" in parts.query:
        return Broker(url)
    query = [*parse_qsl(parts.query), ("ssl_cert_reqs", "required"), ("ssl_check_hostname", "true")]
    return Broker(urlunsplit(parts._replace(query=urlencode(query))))


def broker_beside(store_url: str) -> str:
    """The broker's URL derived from the URL of one server: that server, next database.

    Raises:
        SettingsError: the store's URL does not end with a database number.
    """
    parts = urlsplit(store_url)
    if parts.scheme == "unix":
        database = dict(parse_qsl(parts.query)).get("db", "0")
        credentials = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        return f"redis+socket://{credentials}{parts.path}?virtual_host={int(database) + 1}"
    database = parts.path.strip("/") or "0"
    if not database.isdigit():
        raise SettingsError("CUSTODY_STORE_URL must end with a database number, as in redis://host:6379/0")
    return urlunsplit(parts._replace(path=f"/{int(database) + 1}"))
