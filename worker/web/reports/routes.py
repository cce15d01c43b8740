"""`GET /report/shift`, `/report/over-detention` and `/report/ice`, for people and as files."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from worker.desk.plain_words import capital
from worker.desk.reports.period import Period, PeriodError
from worker.store.access_journal import Form
from worker.store.context import Context
from worker.web.access.access import Access
from worker.web.access.tokens import Token
from worker.web.downloads import no_such_format
from worker.web.looks import fetched_in_advance, is_ahead_of_the_viewer, is_noted, look_not_noted
from worker.web.reports import ice_page, over_detention_page, shift_page
from worker.web.reports.asked import AskedPeriod, Facility, From, Until
from worker.web.store_door import StoreDoor
from worker.web.trouble import NO_STORE, store_does_not_answer, trouble

_OfPeriod: TypeAlias = Callable[[Context, Period, AskedPeriod, str], Response]


def report_routes(door: StoreDoor, access: Access) -> APIRouter:
    """The routes. A HEAD is not answered: it would look at a report without showing it."""
    may_look = access.requires("desk")
    router = APIRouter(prefix="/report", dependencies=[Depends(may_look)], include_in_schema=False)

    @router.get("/shift")
    def shift(facility: Facility = "", format: str = "html") -> Response:
        def make(context: Context) -> Response:
            return shift_page.answer(context, facility.strip() or None, format)

        return _answer(door, format, shift_page.FORMATS, make)

    def add(path: str, noted_as: Form, formats: Sequence[str], answer: _OfPeriod) -> None:
        """A report of a period. It names booking numbers of any time, so a look at it is noted."""

        @router.get(path)
        def of_period(
            request: Request,
            token: Annotated[Token | None, Depends(may_look)],
            since: From = "",
            until: Until = "",
            format: str = "html",
        ) -> Response:
            if is_ahead_of_the_viewer(request):
                return fetched_in_advance()
            asked = AskedPeriod.of(since, until)

            def make(context: Context) -> Response:
                period = asked.read(context)
                if not is_noted(context, token, noted_as):
                    return look_not_noted()
                return answer(context, period, asked, format)

            return _answer(door, format, formats, make)

    add("/over-detention", "over-detention report", over_detention_page.FORMATS, over_detention_page.answer)
    add("/ice", "ICE report", ice_page.FORMATS, ice_page.answer)
    return router


def _answer(
    door: StoreDoor, form: str, formats: Sequence[str], make: Callable[[Context], Response]
) -> Response:
    if form not in formats:
        return no_such_format(form, formats)
    try:
        return make(door.context())
    except PeriodError as error:
        return trouble(400, "There is no such period", f"{capital(str(error))}.", looked_for=None)
    except NO_STORE:
        return store_does_not_answer()
