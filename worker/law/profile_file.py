"""The form of a profile file: strict, so that a misspelt rule is refused rather than ignored."""

from datetime import date, time
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from events.facts import Qualification

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
    """Who is told what, and when immigration enforcement may take a person over.

    `serve_request_on_person`: a copy of each request goes to the person, with whether the agency will comply.
    `twin_of_release_date`: each notice of a release date also goes to the person and to counsel.
    `release_date_needs`: what must be true before a release date is given: a contact is enough, or the date
    must be public or the person qualify.
    `handover_needs`: what must be true before a person is handed over: being in custody is enough, or there
    must be a judicial warrant or finding, or a qualifying conviction.
    `active_assistance`: after a contact, warnings of an approaching release go to immigration enforcement for
    a violent felony.
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
    """Which words of a contact's `qualification` count, and for what: a release date, a hand-over."""

    release_date: tuple[Qualification, ...] = Field(strict=False)
    handover: tuple[Qualification, ...] = Field(strict=False)


class ProfileFile(_Strict):
    """The content of a profile's TOML file.

    `calendar` names a court calendar that is computed by rule, `calendar_file` is the path of one that lists
    its holidays; a profile gives one of the two. `violent_felonies` names a list, `none` an empty one.
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
