"""Days listed in a site's own file: the holidays of its court, or closures on other days."""

import csv
import hashlib
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from worker.law.errors import ProfileError


@dataclass(frozen=True, slots=True)
class ListedDays:
    """Days on which the court does not sit, with their names.

    `content_hash` is the SHA-256 of the file that lists them; None if they were not read from a file.
    """

    days: Mapping[date, str]
    content_hash: str | None

    def of_year(self, year: int) -> Mapping[date, str]:
        """The listed days of one calendar year."""
        return {day: name for day, name in self.days.items() if day.year == year}


NO_DAYS: Final = ListedDays(MappingProxyType({}), None)


class _Day(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    date: date
    name: str = Field(min_length=1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    days: list[_Day]


def load_days(path: Path, kind: str) -> ListedDays:
    """Read a list of days: CSV with the columns `date,name`, or TOML with one table for each day.

    Args:
        kind: what the days are, `closures` or `holidays`: the name of the TOML tables, used in errors too.

    Raises:
        ProfileError: the file cannot be read, has an unknown column or an invalid date, or lists a day twice.
    """
    about = f"court {kind} {path}"
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
        rows = _toml_tables(text, kind) if path.suffix == ".toml" else _csv_rows(text)
        listed = _File.model_validate({"days": rows}).days
    except (OSError, ValueError, csv.Error) as error:
        raise ProfileError(f"{about}: {_reason(error)}; expected columns date,name") from error
    days = {day.date: day.name for day in listed}
    if len(days) != len(listed):
        raise ProfileError(f"{about}: a date is listed twice; keep one line for each day")
    return ListedDays(MappingProxyType(days), hashlib.sha256(content).hexdigest())


def _toml_tables(text: str, kind: str) -> object:
    tables = tomllib.loads(text)
    if tables.keys() != {kind}:
        raise ValueError(f"give [[{kind}]] tables and nothing else")
    return tables[kind]


def _csv_rows(text: str) -> object:
    return list(csv.DictReader(io.StringIO(text), strict=True))


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error)
