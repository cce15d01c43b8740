"""What a jurisdiction offers to profiles, by name: limits, court calendars, lists of violent felonies.

Each jurisdiction is a folder beside this file whose package defines one `JURISDICTION`. The folders are
discovered, not listed, so that nothing in `worker/law/*.py` depends on any of them.
"""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import TypeAlias, TypeVar

import worker.law
from worker.law.calendar import HolidaysOfYear
from worker.law.limit import Limit

IsViolentFelony: TypeAlias = Callable[[str, str], bool]
"""Whether a charge, by its statute and its level, is on a list of violent felonies."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CourtCalendar:
    """The holidays of a jurisdiction's courts, computed by rule.

    Attributes:
        holidays_of_year: the days on which the courts are closed in a calendar year, with their names.
        time_zones: the IANA names of the zones in which these courts sit; empty if they sit in every zone.
    """

    holidays_of_year: HolidaysOfYear
    time_zones: tuple[str, ...] = ()

    def serves(self, time_zone: str) -> bool:
        """Whether these courts sit in a time zone, by its IANA name."""
        return not self.time_zones or time_zone in self.time_zones


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """One jurisdiction's part of the law.

    Attributes:
        limits: the limits that a profile may enable.
        never_enabled: limits that no profile may enable, by name, each with the reason.
        calendars: court calendars, by the name that a profile gives.
        violent_felony_lists: lists of violent felonies, by the name that a profile gives.
        profiles: the folder of the profiles it ships; None if it ships none.
    """

    name: str
    limits: tuple[Limit, ...] = ()
    never_enabled: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    calendars: Mapping[str, CourtCalendar] = field(default_factory=lambda: MappingProxyType({}))
    violent_felony_lists: Mapping[str, IsViolentFelony] = field(default_factory=lambda: MappingProxyType({}))
    profiles: Traversable | None = None


@cache
def jurisdictions() -> tuple[Jurisdiction, ...]:
    """Every jurisdiction, in alphabetical order."""
    folders = sorted(found.name for found in pkgutil.iter_modules(worker.law.__path__) if found.ispkg)
    return tuple(import_module(f"worker.law.{folder}").JURISDICTION for folder in folders)


@cache
def limits() -> Mapping[str, Limit]:
    """Every limit that a profile may enable, by name."""
    return MappingProxyType({limit.name: limit for one in jurisdictions() for limit in one.limits})


@cache
def never_enabled() -> Mapping[str, str]:
    """Limits that no profile may enable, by name, each with the reason."""
    return _together([one.never_enabled for one in jurisdictions()])


@cache
def calendars() -> Mapping[str, CourtCalendar]:
    """Every court calendar that a profile may name."""
    return _together([one.calendars for one in jurisdictions()])


@cache
def violent_felony_lists() -> Mapping[str, IsViolentFelony]:
    """Every list of violent felonies that a profile may name; `none` is the empty list."""
    return _together([{"none": _nothing_is_listed}, *(one.violent_felony_lists for one in jurisdictions())])


@cache
def shipped_profiles() -> Mapping[str, Traversable]:
    """The file of each shipped profile, by the profile's name."""
    files = [
        file
        for one in jurisdictions()
        if one.profiles is not None
        for file in one.profiles.iterdir()
        if file.name.endswith(".toml")
    ]
    return MappingProxyType({file.name.removesuffix(".toml"): file for file in sorted(files, key=_name)})


def _name(file: Traversable) -> str:
    return file.name


def _nothing_is_listed(_statute: str, _level: str) -> bool:
    return False


def _together(offered: list[Mapping[str, T]]) -> Mapping[str, T]:
    return MappingProxyType({name: value for one in offered for name, value in one.items()})
