"""The format of a profile file: strict, so that a misspelt rule is refused rather than ignored."""

import tomllib
from collections.abc import Mapping
from datetime import date, time
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from events.facts import Qualification
from worker.law.errors import ProfileError

ReleaseDateNeeds: TypeAlias = Literal["contact", "public_or_qualification"]
HandoverNeeds: TypeAlias = Literal["custody", "judicial_or_conviction"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NoticeCitations(_Strict):
    """The source of each notice rule."""

    serve_request_on_person: str
    twin_of_release_date: str
    release_date_needs: str
    handover_needs: str
    active_assistance: str


class Notices(_Strict):
    """Who is notified of what, and when immigration enforcement may take a person over.

    Attributes:
        serve_request_on_person: each request is copied to the person, with whether the agency will comply.
        twin_of_release_date: each notice of a release date also goes to the person and to counsel.
        release_date_needs: what a release date is given on: any contact, or only if release dates are public
            or the contact qualifies.
        handover_needs: what a hand-over requires: custody alone, or a judicial warrant or finding, or a
            qualifying conviction.
        active_assistance: after a contact, immigration enforcement is warned of the approaching release of a
            person charged with a violent felony.
    """

    serve_request_on_person: bool
    twin_of_release_date: bool
    release_date_needs: ReleaseDateNeeds
    handover_needs: HandoverNeeds
    active_assistance: bool
    citations: NoticeCitations


class SessionHours(_Strict):
    """The local times at which the court's session begins and ends."""

    opens: time
    closes: time


class Qualifications(_Strict):
    """Which values of a contact's `qualification` allow a release date to be given, and which a hand-over."""

    release_date: tuple[Qualification, ...] = Field(strict=False)
    handover: tuple[Qualification, ...] = Field(strict=False)


class ProfileFile(_Strict):
    """The content of a profile's TOML file.

    Attributes:
        calendar: the name of a court calendar that is computed by rule.
        calendar_file: the path of a file that lists the court's holidays, relative to the profile's own. A
            profile has one of the two.
        extra_closures: the path of a file of further days on which the court is closed.
        violent_felonies: the name of a list of violent felonies; `none` is the empty list.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    version: int = Field(ge=1)
    source: str = Field(min_length=1)
    in_force_from: date
    in_force_until: date | None = None
    successor: str | None = None
    time_zone: str
    release_dates_public: bool
    calendar: str | None = None
    calendar_file: str | None = None
    extra_closures: str | None = None
    violent_felonies: str
    qualification: Qualifications
    limits: list[str] = Field(min_length=1)
    session: SessionHours
    notices: Notices


_WHAT_TO_ADD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "time_zone": 'the zone of the court, as in time_zone = "America/Chicago"',
        "release_dates_public": "whether the agency publishes release dates, true or false",
        "violent_felonies": 'violent_felonies = "none", or the name of a list: it decides active_assistance',
        "limits": 'the limits to enable, as in limits = ["court_48h", "cap_72h"]',
        "qualification": "a table [qualification] with release_date = [] and handover = [], each with the "
        "values of a contact's qualification that count",
        "session": "a table [session] with the court's local hours, as in opens = 08:30:00 and "
        "closes = 16:30:00",
        "notices": "a table [notices] with the agency's own rules, in the form of a shipped profile",
    }
)
"""For an entry that is missing: what to add."""


def parse_profile(name_or_path: str, content: bytes) -> ProfileFile:
    """Read the content of a profile's TOML file; `name_or_path` is what errors call it.

    Raises:
        ProfileError: it is not TOML in UTF-8, or an entry is missing, unknown or out of place; names each.
    """
    try:
        return ProfileFile.model_validate(tomllib.loads(content.decode()))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        listed = "; ".join(_explained(problem) for problem in problems)
        raise ProfileError(f"profile {name_or_path}: {listed}") from error
    except ValueError as error:
        raise ProfileError(f"profile {name_or_path} is not TOML in UTF-8: {error}") from error


def _explained(problem: ErrorDetails) -> str:
    *table, entry = (str(part) for part in problem["loc"])
    path = ".".join((*table, entry))
    if problem["type"] == "missing":
        return f"{path} is missing: add {_WHAT_TO_ADD.get(path, 'it')}"
    if problem["type"] != "extra_forbidden":
        return f"{path}: {problem['msg']}"
    if table and entry in ProfileFile.model_fields:
        # In TOML an entry belongs to the table above it, so one that is added at the end is easily misplaced.
        return f"{entry} is in the table [{'.'.join(table)}]: move it above the first table of the file"
    return f"{path} is no entry of a profile: remove it or correct its spelling"
