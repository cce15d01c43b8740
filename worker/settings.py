"""The service's settings: environment variables with the prefix CUSTODY_."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


def _store_address(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    usable = parts.scheme in {"redis", "rediss"} and parts.hostname and parts.port != 0
    if not usable and not (parts.scheme == "unix" and parts.path):
        raise ValueError("give redis://, rediss:// or unix:// and an address, as in redis://host:6379/0")
    return url


class SettingsError(ValueError):
    """A setting cannot be used as it stands."""


class Settings(BaseSettings):
    """What a site sets. URLs may carry a password and are never shown."""

    model_config = SettingsConfigDict(
        env_prefix="CUSTODY_", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    store_url: Annotated[str | None, AfterValidator(_store_address)] = Field(default=None, repr=False)
    """Valkey or Redis; unset: an embedded Valkey under `data_dir`."""
    broker_url: str | None = Field(default=None, repr=False)
    """Celery's broker; unset: the store's server, next database."""
    data_dir: Path = Path("./var")
    """Embedded store and notices file."""
    profile: str = "lapd-2016-11"
    """Name of a shipped profile, or the path of a site's own."""
    shards: int = Field(default=1, ge=1, le=1024)
    """Into how many shards bookings are divided."""
    routes: Path | None = None
    """The routing file of notices."""
    departures_expected: bool = True
    """Whether upstream reports departures; if not, nobody is reported as overdue."""
    log_format: Literal["json", "console"] = "json"
    """How log lines are written."""


def read_settings() -> Settings:
    """The settings in force.

    Raises:
        SettingsError: a variable has a value that cannot be used; names it, without its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        told = "; ".join(
            f"CUSTODY_{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        )
        raise SettingsError(told) from None


def broker_beside(store_url: str) -> str:
    """The broker that goes with a store: the same server, next database.

    Raises:
        SettingsError: the store's URL names no database number.
    """
    parts = urlsplit(store_url)
    if parts.scheme == "unix":
        database = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair).get("db", "0")
        return f"redis+socket://{parts.path}?virtual_host={int(database) + 1}"
    database = parts.path.strip("/") or "0"
    if not database.isdigit():
        raise SettingsError("CUSTODY_STORE_URL must end with a database number, as in redis://host:6379/0")
    return urlunsplit(parts._replace(path=f"/{int(database) + 1}"))
