"""Profiles: dated sets of rules. Which limits are enabled, who is told what, when a hand-over may happen."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from worker.law.arrest import ArrestKind
from worker.law.calendar import Calendar
from worker.law.closures import NO_CLOSURES, Closures, load_closures
from worker.law.court import Court
from worker.law.court_holidays import court_holidays_of_year
from worker.law.errors import ProfileError
from worker.law.limits import LIMITS, NEVER_ENABLED, Limit
from worker.law.profile_file import Notices, ProfileFile

_SHIPPED = files("worker.law") / "profiles"


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One set of rules and the dates for which it was made.

    `limits` are in the profile's order: a tie goes to the first. `content_hash` is the SHA-256 of the file's
    bytes in hexadecimal; `content` is its text. `closures` are the extra court closures, if there are any.
    Dates are local, both inclusive; an open end is None. Session times are local to `calendar.zone`.
    """

    name: str
    version: int
    source: str
    in_force_from: date
    in_force_until: date | None
    successor: str | None
    limits: tuple[Limit, ...]
    court: Court
    release_dates_public: bool
    notices: Notices
    content: str
    content_hash: str
    closures: Closures
    _fingerprint: str = field(init=False, repr=False)
    _applicable: dict[tuple[ArrestKind, bool], tuple[Limit, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        kinds: tuple[ArrestKind, ...] = ("warrantless", "warrant")
        applicable = {
            (kind, found): tuple(
                limit
                for limit in self.limits
                if limit.applies(kind) and not (found and limit.awaits_probable_cause)
            )
            for kind in kinds
            for found in (False, True)
        }
        object.__setattr__(self, "_applicable", applicable)
        closed = sorted((day.isoformat(), name) for day, name in self.closures.days.items())
        whole = f"{self.content_hash}{closed}".encode()
        object.__setattr__(self, "_fingerprint", hashlib.sha256(whole).hexdigest()[:16])

    @property
    def fingerprint(self) -> str:
        """Tells one content of rules from another, extra court closures included: 16 hexadecimal digits."""
        return self._fingerprint

    @property
    def calendar(self) -> Calendar:
        """The court calendar in the profile's time zone, extra closures included."""
        return self.court.calendar

    @property
    def session_opens(self) -> time:
        """The local time at which the court's session begins."""
        return self.court.opens

    @property
    def session_closes(self) -> time:
        """The local time at which the court's session ends."""
        return self.court.closes

    def applicable(self, kind: ArrestKind, *, probable_cause_found: bool) -> tuple[Limit, ...]:
        """The enabled limits for an arrest of a kind, in the profile's order; never empty.

        Those that await a finding of probable cause are left out once it has been made.
        """
        return self._applicable[kind, probable_cause_found]

    def out_of_dates(self, day: date) -> str | None:
        """One sentence if the profile was not made for a local day, naming its successor; None if it was."""
        if day < self.in_force_from:
            return (
                f"Profile {self.name} is in force only from {self.in_force_from}, and {day} is before that."
            )
        if self.in_force_until is None or day <= self.in_force_until:
            return None
        after = f"its successor is {self.successor}" if self.successor else "it names no successor"
        return (
            f"Profile {self.name} was in force until {self.in_force_until}, and {day} is after that; {after}."
        )


def profile_names() -> tuple[str, ...]:
    """The names of the shipped profiles, in alphabetical order."""
    return tuple(sorted(f.name.removesuffix(".toml") for f in _SHIPPED.iterdir() if f.name.endswith(".toml")))


def load_profile(name_or_path: str, extra_closures: str | Path | None = None) -> Profile:
    """Load a shipped profile by name, or a site's own from the path of its TOML file.

    `extra_closures` is the path of a file of further days on which the court is closed; it replaces the one
    that the profile's file names. A profile is read once and kept.

    Raises:
        ProfileError: no such profile, or its file or closures must not be used; the message says why.
    """
    return _load(str(name_or_path), None if extra_closures is None else str(extra_closures))


@lru_cache(maxsize=64)
def _load(name_or_path: str, extra_closures: str | None) -> Profile:
    shipped = profile_names()
    if name_or_path in shipped:
        content = (_SHIPPED / f"{name_or_path}.toml").read_bytes()
    else:
        content = _read_site_file(name_or_path, shipped)
    written = _parse(name_or_path, content)
    if name_or_path not in shipped and written.name in shipped:
        _refuse_borrowed_name(name_or_path, written.name, content)
    return _build(name_or_path, content, written, _closures(name_or_path, written, extra_closures))


def restore_profile(content: str, closures: Mapping[date, str]) -> Profile:
    """A profile from what `content` and `closures.days` said when it was in use, whatever its file says now.

    Raises:
        ProfileError: this version of the software cannot use it any more.
    """
    written = _parse("kept with the records", content.encode())
    kept = Closures(MappingProxyType(dict(closures)), None)
    return _build(written.name, content.encode(), written, kept)


def _build(name_or_path: str, content: bytes, written: ProfileFile, closures: Closures) -> Profile:
    return Profile(
        name=written.name,
        version=written.version,
        source=written.source,
        in_force_from=written.in_force_from,
        in_force_until=written.in_force_until,
        successor=written.successor,
        limits=_limits(name_or_path, written.limits),
        court=_court(name_or_path, written, closures),
        release_dates_public=written.release_dates_public,
        notices=written.notices,
        content=content.decode(),
        content_hash=hashlib.sha256(content).hexdigest(),
        closures=closures,
    )


def _read_site_file(path: str, shipped: tuple[str, ...]) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        known = ", ".join(shipped)
        raise ProfileError(f"no profile {path!r}: give one of {known}, or the path of a TOML file") from error


def _parse(name_or_path: str, content: bytes) -> ProfileFile:
    try:
        return ProfileFile.model_validate(tomllib.loads(content.decode()))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        )
        raise ProfileError(f"profile {name_or_path}: {problems}") from error
    except ValueError as error:
        raise ProfileError(f"profile {name_or_path} is not TOML in UTF-8: {error}") from error


def _refuse_borrowed_name(path: str, name: str, content: bytes) -> None:
    if content != (_SHIPPED / f"{name}.toml").read_bytes():
        raise ProfileError(f"profile {path}: {name!r} is the name of a shipped profile; give yours another")


def _closures(name_or_path: str, written: ProfileFile, extra_closures: str | None) -> Closures:
    if extra_closures is not None:
        return load_closures(Path(extra_closures))
    if written.extra_closures is not None:
        return load_closures(Path(name_or_path).parent / written.extra_closures)
    return NO_CLOSURES


def _limits(name_or_path: str, names: list[str]) -> tuple[Limit, ...]:
    for name in names:
        if name in NEVER_ENABLED:
            raise ProfileError(f"profile {name_or_path} must not enable {name}: {NEVER_ENABLED[name]}")
        if name not in LIMITS:
            raise ProfileError(
                f"profile {name_or_path}: no limit {name!r}; the limits are {', '.join(LIMITS)}"
            )
    if len(set(names)) != len(names):
        raise ProfileError(
            f"profile {name_or_path}: a limit is listed twice; list each once, the first wins a tie"
        )
    limits = tuple(LIMITS[name] for name in names)
    if all(limit.awaits_probable_cause or limit.applies_to != "every_arrest" for limit in limits):
        raise ProfileError(f"profile {name_or_path}: enable at least one limit that applies to every arrest")
    return limits


def _court(name_or_path: str, written: ProfileFile, closures: Closures) -> Court:
    opens, closes = written.session.opens, written.session.closes
    if not opens < closes or opens.microsecond or closes.microsecond:
        raise ProfileError(f"profile {name_or_path}: a session opens before it closes, both in whole seconds")
    if written.in_force_until is not None and written.in_force_until < written.in_force_from:
        raise ProfileError(f"profile {name_or_path}: in_force_until is before in_force_from")
    try:
        zone = ZoneInfo(written.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ProfileError(f"profile {name_or_path}: no time zone {written.time_zone!r}") from error
    return Court(Calendar(zone, court_holidays_of_year, closures.days), opens, closes)
