"""Profiles: the shipped ones by name, a site's own by path, or as kept with the records."""

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from worker.law import jurisdiction
from worker.law.calendar import Calendar
from worker.law.court import Court
from worker.law.errors import ProfileError
from worker.law.jurisdiction import CourtCalendar, IsViolentFelony
from worker.law.limit import Limit
from worker.law.listed_days import NO_DAYS, ListedDays, load_days
from worker.law.profile import Profile
from worker.law.profile_file import ProfileFile, parse_profile

_OWN_LIST = 'calendar_file = "holidays.csv", a file beside the profile with a line date,name per holiday'


def profile_names() -> tuple[str, ...]:
    """The names of the shipped profiles, in alphabetical order."""
    return tuple(jurisdiction.shipped_profiles())


def load_profile(name_or_path: str, extra_closures: str | Path | None = None) -> Profile:
    """Load a shipped profile by name, or a site's own by the path of its TOML file.

    Each profile is read once per process; an edit takes effect at the next start.

    Args:
        extra_closures: the path of a file of further days on which the court is closed, instead of the one
            that the profile names.

    Raises:
        ProfileError: there is no such profile, or its file or one that it names is not usable; says why.
    """
    return _load(str(name_or_path), None if extra_closures is None else str(extra_closures))


def restore_profile(
    content: str, closures: Mapping[date, str], holidays: Mapping[date, str] | None = None
) -> Profile:
    """The profile that records were booked under, from what is kept with them.

    Args:
        content: the text of the profile's file.
        closures: the days on which the court was closed, with their names.
        holidays: the holidays that its `calendar_file` listed; None for a profile that names a `calendar`.

    Raises:
        ProfileError: this version of the software cannot use it.
    """
    written = parse_profile("kept with the records", content.encode())
    return _build(
        written.name,
        content.encode(),
        written,
        holidays=ListedDays(MappingProxyType(dict(holidays or {})), None),
        closures=ListedDays(MappingProxyType(dict(closures)), None),
    )


@lru_cache(maxsize=64)
def _load(name_or_path: str, extra_closures: str | None) -> Profile:
    shipped = jurisdiction.shipped_profiles()
    file = shipped.get(name_or_path)
    content = file.read_bytes() if file else _read_site_file(name_or_path)
    written = parse_profile(name_or_path, content)
    if file is None and written.name in shipped:
        _refuse_borrowed_name(name_or_path, written.name, content)
    beside = Path(name_or_path).parent
    closures = extra_closures or (written.extra_closures and beside / written.extra_closures)
    return _build(
        name_or_path,
        content,
        written,
        holidays=load_days(beside / written.calendar_file, "holidays") if written.calendar_file else NO_DAYS,
        closures=load_days(Path(closures), "closures") if closures else NO_DAYS,
    )


def _build(
    name_or_path: str, content: bytes, written: ProfileFile, *, holidays: ListedDays, closures: ListedDays
) -> Profile:
    return Profile(
        name=written.name,
        version=written.version,
        source=written.source,
        in_force_from=written.in_force_from,
        in_force_until=written.in_force_until,
        successor=written.successor,
        limits=_limits(name_or_path, written.limits),
        court=_court(name_or_path, written, holidays, closures),
        release_dates_public=written.release_dates_public,
        is_violent_felony=_violent_felonies(name_or_path, written),
        qualification=written.qualification,
        notices=written.notices,
        content=content.decode(),
        content_hash=hashlib.sha256(content).hexdigest(),
        holidays=holidays,
        closures=closures,
    )


def _read_site_file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        known = ", ".join(profile_names())
        raise ProfileError(f"no profile {path!r}: give one of {known}, or the path of a TOML file") from error


def _refuse_borrowed_name(path: str, name: str, content: bytes) -> None:
    if content != jurisdiction.shipped_profiles()[name].read_bytes():
        raise ProfileError(
            f"profile {path}: {name!r} is the name of a shipped profile; give yours another name"
        )


def _limits(name_or_path: str, names: list[str]) -> tuple[Limit, ...]:
    never_enabled, known = jurisdiction.never_enabled(), jurisdiction.limits()
    for name in names:
        if name in never_enabled:
            raise ProfileError(f"profile {name_or_path} may not enable {name}: {never_enabled[name]}")
        if name not in known:
            raise ProfileError(
                f"profile {name_or_path}: no limit {name!r}; the limits are {', '.join(known)}"
            )
    if len(set(names)) != len(names):
        raise ProfileError(
            f"profile {name_or_path}: a limit is listed twice; list each once, in the order that breaks ties"
        )
    limits = tuple(known[name] for name in names)
    if all(limit.awaits_probable_cause or limit.applies_to != "every_arrest" for limit in limits):
        raise ProfileError(f"profile {name_or_path}: enable at least one limit that applies to every arrest")
    return limits


def _violent_felonies(name_or_path: str, written: ProfileFile) -> IsViolentFelony:
    known = jurisdiction.violent_felony_lists()
    if written.violent_felonies not in known:
        raise ProfileError(
            f"profile {name_or_path}: no list of violent felonies {written.violent_felonies!r}; "
            f"the lists are {', '.join(known)}"
        )
    return known[written.violent_felonies]


def _court(name_or_path: str, written: ProfileFile, holidays: ListedDays, closures: ListedDays) -> Court:
    opens, closes = written.session.opens, written.session.closes
    if not opens < closes or opens.microsecond or closes.microsecond:
        raise ProfileError(
            f"profile {name_or_path}: give a session that opens before it closes, both in whole seconds"
        )
    if written.in_force_until is not None and written.in_force_until < written.in_force_from:
        raise ProfileError(f"profile {name_or_path}: in_force_until is before in_force_from")
    try:
        zone = ZoneInfo(written.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ProfileError(
            f"profile {name_or_path}: no time zone {written.time_zone!r}; give an IANA name"
        ) from error
    return Court(_calendar(name_or_path, written, zone, holidays, closures), opens, closes)


def _calendar(
    name_or_path: str, written: ProfileFile, zone: ZoneInfo, holidays: ListedDays, closures: ListedDays
) -> Calendar:
    if written.calendar is not None and written.calendar_file is not None:
        raise ProfileError(f"profile {name_or_path} has both calendar and calendar_file: keep one of the two")
    if written.calendar_file is not None:
        if not holidays.days:
            raise ProfileError(
                f"profile {name_or_path}: its calendar_file lists no holidays; add one per line, as date,name"
            )
        return Calendar(zone, holidays.of_year, closures.days)
    return Calendar(zone, _named_calendar(name_or_path, written).holidays_of_year, closures.days)


def _named_calendar(name_or_path: str, written: ProfileFile) -> CourtCalendar:
    known = jurisdiction.calendars()
    offered = (f'"{name}"' for name, calendar in known.items() if calendar.serves(written.time_zone))
    named = f"calendar = {' or '.join(offered)}"
    if written.calendar is None:
        raise ProfileError(
            f"profile {name_or_path} does not say which holidays its court keeps: add {_OWN_LIST}, or {named}"
        )
    if written.calendar not in known:
        raise ProfileError(
            f"profile {name_or_path}: no court calendar {written.calendar!r}: give {named}, or {_OWN_LIST}"
        )
    calendar = known[written.calendar]
    if not calendar.serves(written.time_zone):
        raise ProfileError(
            f"profile {name_or_path}: the courts of calendar {written.calendar!r} do not sit in "
            f"{written.time_zone}: replace it with {_OWN_LIST}"
        )
    return calendar
