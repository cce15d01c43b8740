"""Arraignment within forty-eight hours, extended to the end of a court session."""

from datetime import date, datetime, timedelta

from worker.law.arrest import Arrest
from worker.law.calendar import WEDNESDAY
from worker.law.counting import counted_hours, sundays_and_holidays
from worker.law.court import Court
from worker.law.limit import Limit
from worker.law.steps import Step, Trail

_LENGTH = timedelta(hours=48)
_WEDNESDAY_TO_FRIDAY_DAYS = 2


def expires_at(arrest: Arrest, court: Court, trail: Trail) -> datetime:
    """48 h from the arrest, without Sundays and court holidays, extended to the end of a court session.

    Hours that end on a court day by the end of its session, the closing second included, are extended to the
    end of that session; hours that end at any other time, to the end of the next court day's session. For an
    arrest on a Wednesday at or after the close of court the limit is the end of Friday's session at the
    latest, unless either of the two days is a court holiday.
    """
    hours_end = counted_hours(arrest.arrested_at, _LENGTH, court.calendar, sundays_and_holidays, trail)
    session_end = _end_of_session(hours_end, court, trail)
    friday_close = _friday_close(arrest.arrested_at, court)
    if friday_close is None or friday_close >= session_end:
        return session_end
    text = (
        "arrested on a Wednesday after the close of court: no later than the end of Friday's session, "
        f"{court.calendar.label(friday_close)} (§ 825(a)(2))"
    )
    trail.append(Step(text, session_end, friday_close, "session"))
    return friday_close


def _end_of_session(hours_end: datetime, court: Court, trail: Trail) -> datetime:
    day = court.calendar.day_of(hours_end)
    this_day = court.sits_on(day) and not court.session_is_over(day, hours_end)
    session_day = day if this_day else court.next_court_day(day)
    session_end = court.closes_at(session_day)
    if not this_day:
        why = "outside court hours: extended to the end of the next court day's session"
    elif hours_end < court.opens_at(day):
        why = "before that day's session: extended to its end"
    else:
        why = "during that day's session: extended to its end"
    ending, closing = court.calendar.label(hours_end), court.calendar.label(session_end)
    text = f"the hours end at {ending}, {why}, {closing}"
    trail.append(Step(text, hours_end, session_end, "session"))
    return session_end


def _friday_close(arrested_at: datetime, court: Court) -> datetime | None:
    day = court.calendar.day_of(arrested_at)
    if day.weekday != WEDNESDAY or day.holiday is not None or arrested_at < court.closes_at(day):
        return None
    friday = court.calendar.day(day.ordinal + _WEDNESDAY_TO_FRIDAY_DAYS)
    return court.closes_at(friday) if friday.holiday is None else None


LIMIT = Limit(
    name="pc_825",
    citation="Cal. Penal Code § 825(a)",
    quote="without unnecessary delay, and, in any event, within 48 hours after his or her arrest",
    in_force_from=date(1997, 1, 1),
    in_force_until=None,
    applies_to="every_arrest",
    awaits_probable_cause=False,
    rule=expires_at,
)
