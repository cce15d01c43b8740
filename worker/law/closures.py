"""Days on which a local court is closed beyond the statewide holidays, from a site's own file."""

import csv
import hashlib
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from worker.law.errors import ProfileError


@dataclass(frozen=True, slots=True)
class Closures:
    """Extra court closures by date, each with its name, and the SHA-256 of the file they came from."""

    days: Mapping[date, str]
    content_hash: str | None


NO_CLOSURES = Closures(MappingProxyType({}), None)


class _Closure(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    date: date
    name: str = Field(min_length=1)


class _ClosuresFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    closures: list[_Closure]


def load_closures(path: Path) -> Closures:
    """Read extra closures: CSV with the columns `date,name`, or TOML with `[[closures]]` tables of the two.

    Raises:
        ProfileError: the file cannot be read, has an unknown column or a bad date, or names a day twice.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
        rows = tomllib.loads(text) if path.suffix == ".toml" else _csv_rows(text)
        listed = _ClosuresFile.model_validate(rows).closures
    except (OSError, ValueError, csv.Error) as error:
        raise ProfileError(f"court closures {path}: {_reason(error)}; expected columns date,name") from error
    days = {closure.date: closure.name for closure in listed}
    if len(days) != len(listed):
        raise ProfileError(f"court closures {path}: a date is listed twice; keep one line a day")
    return Closures(MappingProxyType(days), hashlib.sha256(content).hexdigest())


def _csv_rows(text: str) -> dict[str, object]:
    return {"closures": list(csv.DictReader(io.StringIO(text), strict=True))}


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error)
