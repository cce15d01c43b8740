"""Random weeks at the jail: events arrive in any order and any number of times, and time passes."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from hypothesis import strategies as st

BOOKINGS: Final = ("B-1", "B-2")
NUMBERS: Final = (*BOOKINGS, "B-3")
"""The booking numbers, and one that is only ever the new number of another."""
SOURCES: Final = ("urn:test:jms", "urn:test:ice-desk")


@dataclass(frozen=True)
class Report:
    """An event that arrives. Its instants are so many minutes before its arrival; negative means after."""

    booking: str
    kind: str
    source: str
    id: str
    data: tuple[tuple[str, Any], ...]
    ages_minutes: tuple[tuple[str, int], ...] = ()

    @property
    def is_of_ice(self) -> bool:
        """Whether ICE is behind it."""
        return self.kind.startswith("ice.")

    def data_at(self, now: datetime) -> dict[str, Any]:
        """The data, if the event arrives at this instant."""
        ages = {name: now - timedelta(minutes=age) for name, age in self.ages_minutes}
        return dict(self.data) | ages


@dataclass(frozen=True)
class Repeat:
    """An earlier event arrives again, counted back from the latest: 1 is the latest itself."""

    back: int


@dataclass(frozen=True)
class TimePasses:
    """Time passes until `by` after now, the next due timer or the next deadline; then comes a tick."""

    after: Literal["now", "due", "deadline"]
    by: timedelta


@dataclass(frozen=True)
class Batch:
    """Events that are processed in one batch."""

    reports: tuple[Report | Repeat, ...]


Step = Batch | TimePasses


@dataclass(frozen=True)
class Script:
    """A starting instant and what happens from there."""

    starts_at: datetime
    steps: tuple[Step, ...]


_ids = st.integers(1, 400).map(lambda number: f"e{number}")
_ages = st.one_of(st.integers(-4, 240), st.integers(-6, 4000))
_YEAR: Final = 366 * 24 * 60
_doubtful_ages = st.sampled_from((-_YEAR, -600, 11 * 24 * 60, _YEAR, 60 * _YEAR, 1900 * _YEAR))
_charges = st.sampled_from(
    (
        [],
        [{"statute": "211PC", "level": "felony"}],
        [{"statute": "459PC", "level": "felony"}, {"statute": "484PC", "level": "misdemeanor"}],
    )
)
_kinds_of_arrest = st.sampled_from(("warrantless", "warrantless", "warrant"))
_routes = st.sampled_from(("ero-la", "ero-sd"))
_DOUBTFUL_ONCE_IN: Final = 12
_qualifications = st.sampled_from(
    ("none", "conviction_7282_5", "held_to_answer_7282_5_b", "judicial_warrant")
)
_bookings = st.sampled_from((*BOOKINGS[:1] * 3, *BOOKINGS))


@st.composite
def _report(draw: st.DrawFn, kind: str, data: dict[str, st.SearchStrategy[Any]], *instants: str) -> Report:
    return Report(
        draw(_bookings),
        kind,
        draw(st.sampled_from(SOURCES)),
        draw(_ids),
        tuple((name, draw(values)) for name, values in data.items()),
        tuple((name, draw(_ages)) for name in instants),
    )


@st.composite
def _arrest_and_booking(
    draw: st.DrawFn, youngest_minutes: int = 0, oldest_minutes: int = 4000
) -> tuple[tuple[str, int], ...]:
    """How long ago the arrest was, and the booking after it; now and then one that can hardly be right."""
    arrested = draw(st.integers(youngest_minutes, oldest_minutes))
    booked = draw(st.integers(max(0, arrested - 240), arrested))
    doubtful = draw(st.integers(0, _DOUBTFUL_ONCE_IN))
    if doubtful == 0:
        arrested = draw(_doubtful_ages)
    if doubtful <= 1:
        booked = draw(st.one_of(_doubtful_ages, st.just(arrested + draw(st.integers(0, 1500)))))
    return ("arrested_at", arrested), ("booked_at", booked)


@st.composite
def _booking(draw: st.DrawFn, /, booking: str | None = None, **age: int) -> Report:
    """A booking that is minutes, hours or days old when it arrives."""
    data = {
        "agency": st.just("LAPD"),
        "facility": st.sampled_from(("77th Street", "Van Nuys")),
        "arrest_kind": _kinds_of_arrest,
        "charges": _charges,
    }
    report = draw(_report("booking.created", data))
    ages = draw(_arrest_and_booking(**age))
    return replace(report, booking=booking or report.booking, ages_minutes=ages)


@st.composite
def _amendment(draw: st.DrawFn) -> Report:
    """Any of the fields, in any combination; mostly those that move a limit."""
    data: dict[str, st.SearchStrategy[Any]] = {"reason": st.just("clerical_error")}
    if draw(st.booleans()):
        data["arrest_kind"] = _kinds_of_arrest
    if draw(st.booleans()):
        data["charges"] = _charges
    report = draw(_report("booking.amended", data))
    ages = draw(_arrest_and_booking())
    chosen = draw(st.sampled_from(("both", "both", "both", "arrested_at", "booked_at", "none")))
    return replace(report, ages_minutes=tuple(age for age in ages if chosen in {"both", age[0]}))


def _hold(change: str) -> st.SearchStrategy[Report]:
    data = {"hold_id": st.sampled_from(("H-1", "H-2")), "kind": st.just("parole"), "reference": st.just("r")}
    return _report(f"hold.{change}", data)


_BASES: Final = ("own_recognizance", "citation", "no_charges", "insufficient_grounds", "court_order", "other")
_CONTACT: Final = {
    "channel": st.just("fax"),
    "form": st.sampled_from(("none", "I-247A", "I-200")),
    "requests": st.lists(st.sampled_from(("release_date", "hold", "transfer")), max_size=2, unique=True),
    "reply_to": _routes,
    "qualification": _qualifications,
}
_AT_THE_COUNTER: Final = {
    "officer_reference": st.just("badge 7"),
    "warrant": st.sampled_from(("none", "administrative", "judicial")),
    "reply_to": _routes,
    "qualification": _qualifications,
}
_at_the_counter = st.builds(
    lambda report, age: replace(report, ages_minutes=(("requested_at", age),)),
    _report("ice.custody_requested", _AT_THE_COUNTER),
    st.one_of(st.integers(-4, 15), _ages),
)
_found = _report("probable_cause.determined", {"outcome": st.just("found")}, "determined_at")
_ends: Final = (
    _report("bail.posted", {"kind": st.just("bond")}, "posted_at"),
    _report("release.ordered", {"basis": st.sampled_from(_BASES)}, "ordered_at"),
    _report("probable_cause.determined", {"outcome": st.just("not_found")}, "determined_at"),
    _at_the_counter,
    _report("booking.voided", {"reason": st.sampled_from(("duplicate", "mistaken"))}),
    _report("person.arraigned", {}, "arraigned_at"),
    _report("person.transferred", {"to": st.sampled_from(("court", "other_agency"))}, "transferred_at"),
    _report("person.escaped", {}, "at"),
    _report("person.died", {}, "at"),
)
_undone: Final = (
    _report("person.transferred", {"to": st.just("court")}, "transferred_at"),
    _report("booking.voided", {"reason": st.just("mistaken")}),
    _report("person.escaped", {}, "at"),
)
_back: Final = (
    _report("person.returned", {"arraigned": st.sampled_from((False, False, True))}, "returned_at"),
    _report("booking.reinstated", {"reason": st.just("entered_in_error")}),
)
_others: Final = (
    _report("person.transferred", {"to": st.just("hospital")}, "transferred_at"),
    _report("person.departed", {}, "departed_at"),
    _hold("placed"),
    _hold("lifted"),
    _report("warrant_check.completed", {"federal_notified": st.just(True)}, "completed_at"),
    _report("counsel.designated", {"deliver_to": st.just("public-defender")}),
    _report("ice.contact_withdrawn", {"reply_to": _routes}, "withdrawn_at"),
    _report("ice.contact_withdrawn", {}, "withdrawn_at"),
)
_renumbering = _report(
    "booking.renumbered",
    {"new_number": st.sampled_from(NUMBERS), "reason": st.sampled_from(("renumbered", "merged"))},
)
_contact = _report("ice.contacted", _CONTACT, "contacted_at")


def _one_of(*strategies: st.SearchStrategy[Report]) -> st.SearchStrategy[Report]:
    """One of these; one that is listed twice is chosen twice as often."""
    return st.sampled_from(strategies).flatmap(lambda chosen: chosen)


# What ends custody is rare, or little would happen after it.
reports = _one_of(
    *(_amendment(),) * 5,
    *(_contact,) * 3,
    *(_found,) * 2,
    _booking(),
    _one_of(*_ends),
    _one_of(*_back),
    *(_one_of(*_others),) * 2,
)


@st.composite
def _away_and_back(draw: st.DrawFn) -> Batch:
    """Custody of one booking ends in a way that can be undone, something happens or not, and it is undone."""
    away = draw(_one_of(*_undone))
    between = draw(st.lists(_one_of(_contact, _amendment()), max_size=1))
    back = draw(_one_of(*_back))
    return Batch(tuple(replace(report, booking=away.booking) for report in (away, *between, back)))


_repeats = st.builds(Repeat, st.integers(1, 10))
_arrivals: st.SearchStrategy[Report | Repeat] = st.one_of(reports, reports, reports, _repeats)
_renumbered_arrivals: st.SearchStrategy[Report | Repeat] = st.one_of(
    reports, reports, _renumbering, _one_of(*_back), _repeats
)


def _batches(arrivals: st.SearchStrategy[Report | Repeat]) -> st.SearchStrategy[Batch]:
    return st.builds(Batch, st.lists(arrivals, min_size=1, max_size=3).map(tuple))


_passing_times = st.builds(
    TimePasses,
    st.sampled_from(("now", "due", "deadline")),
    st.one_of(
        st.sampled_from((timedelta(0), timedelta(0), timedelta(milliseconds=1), timedelta(days=5))),
        st.integers(0, 12 * 3600 * 1_000_000).map(lambda microseconds: timedelta(microseconds=microseconds)),
    ),
)


@st.composite
def _booking_in_time(draw: st.DrawFn) -> tuple[Step, ...]:
    """Each number's booking, on the day of the arrest."""
    return tuple(
        Batch((draw(_booking(booking, youngest_minutes=0, oldest_minutes=900)),)) for booking in BOOKINGS
    )


@st.composite
def _booking_late(draw: st.DrawFn) -> tuple[Step, ...]:
    """Events about a person, and only days after the arrest the booking."""
    known = draw(st.lists(reports, min_size=1, max_size=4))
    earlier = tuple(
        replace(report, booking=BOOKINGS[0]) for report in known if report.kind != "booking.created"
    )
    booking = draw(_booking(BOOKINGS[0], youngest_minutes=2400, oldest_minutes=6000))
    return Batch(earlier), Batch((booking,))


_openings = st.one_of(_booking_in_time(), _booking_in_time(), _booking_late(), st.just(()))

# From two weeks before Thanksgiving 2016, the clocks going back meanwhile; or across a turn of the year.
_starts = st.builds(
    lambda first, after: first + timedelta(microseconds=after),
    st.sampled_from((datetime(2016, 11, 3, tzinfo=UTC), datetime(2018, 12, 20, tzinfo=UTC))),
    st.integers(0, 28 * 86_400 * 1_000_000),
)


def _script(starts_at: datetime, opening: tuple[Step, ...], steps: list[Step]) -> Script:
    return Script(starts_at, (*opening, *steps))


def _scripts(arrivals: st.SearchStrategy[Report | Repeat]) -> st.SearchStrategy[Script]:
    batches = _batches(arrivals)
    steps = st.lists(
        st.one_of(batches, batches, batches, _passing_times, _passing_times, _away_and_back()),
        min_size=1,
        max_size=12,
    )
    return st.builds(_script, _starts, _openings, steps)


scripts = _scripts(_arrivals)
"""Mostly a booking under each number first; then anything but a new number, at any time."""
scripts_with_new_numbers = _scripts(_renumbered_arrivals)
"""The same, and bookings are renumbered, merged and given back their numbers."""
