"""`GET /booking/N`: the story of one booking, for people and as a file."""

import re
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from events.envelope import BOOKING_NUMBER
from worker.desk.evidence.answers import Evidence
from worker.desk.evidence.read import read_evidence
from worker.store.context import Context
from worker.web.access.access import Access
from worker.web.access.tokens import Token
from worker.web.downloads import json_download, no_such_format
from worker.web.looks import fetched_in_advance, is_ahead_of_the_viewer, is_noted, look_not_noted
from worker.web.store_door import StoreDoor
from worker.web.story.page import booking_page
from worker.web.trouble import NO_STORE, store_does_not_answer, trouble

log = structlog.get_logger("custody")

_NUMBER: Final = re.compile(BOOKING_NUMBER)
FORMATS: Final = ("html", "json")


def story_routes(door: StoreDoor, access: Access) -> APIRouter:
    """The routes. A HEAD is not answered: it would look at a record without showing it."""
    router = APIRouter(include_in_schema=False)
    may_look = access.requires("desk")

    @router.get("/booking/{number:path}")
    def by_path(
        request: Request,
        number: str,
        token: Annotated[Token | None, Depends(may_look)],
        format: str = "html",
    ) -> Response:
        return _answer(door, request, number, token, format)

    @router.get("/booking")
    def by_query(
        request: Request,
        token: Annotated[Token | None, Depends(may_look)],
        number: str = "",
        format: str = "html",
    ) -> Response:
        return _answer(door, request, number.strip(), token, format)

    return router


def _answer(door: StoreDoor, request: Request, number: str, token: Token | None, form: str) -> Response:
    if is_ahead_of_the_viewer(request):
        return fetched_in_advance()
    if form not in FORMATS:
        return no_such_format(form, FORMATS)
    if not _NUMBER.fullmatch(number):
        return trouble(
            404,
            f"“{number}” is no booking number" if number else "Which booking?",
            "A booking number has 1 to 64 letters, digits and . _ - / # :",
            looked_for=number[:64],
        )
    try:
        context = door.context()
    except NO_STORE:
        return store_does_not_answer()
    if not is_noted(context, token, "evidence" if form == "json" else "page", number):
        return look_not_noted()
    return _shown(context, number, form)


def _shown(context: Context, number: str, form: str) -> Response:
    try:
        evidence = read_evidence(context, number)
        if evidence is None:
            return _unknown(number)
        return _document(evidence) if form == "json" else booking_page(context, evidence)
    except NO_STORE:
        return store_does_not_answer()
    except Exception as error:  # whatever is in the store, the viewer must learn that it is not shown
        log.exception("record_not_shown", booking=number, problem=type(error).__name__)
        return trouble(
            503,
            f"The record of {number} cannot be shown",
            "Somebody may be held on it: work from the booking sheet.",
            "Have somebody run “custody audit verify” and “custody show” on the host at once.",
        )


def _unknown(number: str) -> Response:
    return trouble(
        404,
        f"No booking {number} here",
        "The clock has never heard of this number, so no clock runs for it. Compare it with the booking "
        "sheet, capitals included.",
        "If somebody is held under this number, report the booking at once, by the jail management system or "
        "with “custody record booking” on the host. Its event may be among those that were rejected: see "
        "“custody rejects list”.",
        looked_for=number,
    )


def _document(evidence: Evidence) -> Response:
    return json_download(evidence.to_document(), f"custody-{evidence.booking}")
