"""Which columns of a jail's roster hold what: a small TOML file, since every jail writes its own."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

Heading = Annotated[str, StringConstraints(min_length=1)]


class ColumnsError(ValueError):
    """The file with the columns cannot be used; the message says what to do."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Columns(_Table):
    """The heading of each column."""

    booking: Heading = "booking"
    arrested_at: Heading | None = None
    """Date and time of the arrest; or the date alone, with `arrested_time` beside it."""
    arrested_time: Heading | None = None
    facility: Heading | None = None
    person: Heading | None = None
    """Whatever tells two people apart, such as a person number; compared only, and shown nowhere."""


class Numbers(_Table):
    """How a booking number is written on the roster, and how the clock writes it."""

    strip: str = ""
    """Characters to take off in front, such as `0`, besides blanks on both sides."""
    prefix: str = ""
    """To be put in front, such as `2026-`."""


class RosterFormat(_Table):
    """How a roster is to be read."""

    columns: Columns = Field(default_factory=Columns)
    numbers: Numbers = Field(default_factory=Numbers)
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8", "latin-1", "cp1252", "utf-16"] = "utf-8"
    instants: tuple[str, ...] = ()
    """As `strptime` has them, such as `%m/%d/%Y %H:%M`, in local time; the first that fits counts.

    RFC 3339 and `2026-11-30 14:05` are always understood.
    """


def read_columns(path: Path | None) -> RosterFormat:
    """The format that this file describes; columns `booking`, `arrested_at` and `facility` without one.

    Raises:
        ColumnsError: the file cannot be read, or has something unknown in it.
    """
    if path is None:
        return RosterFormat(columns=Columns(arrested_at="arrested_at", facility="facility"))
    try:
        return RosterFormat.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise ColumnsError(f"{path} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ColumnsError(f"{path} is no TOML: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ColumnsError(f"{path}: {place}: {first['msg']}") from None
