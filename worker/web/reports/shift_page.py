"""Renders the report for a shift."""

from itertools import islice
from typing import Final

from fastapi.responses import Response

from worker.desk.reports import shift_words as words
from worker.desk.reports.shift import shift_report
from worker.desk.reports.time_pictures import shift_svg
from worker.store.context import Context
from worker.web import pages
from worker.web.board.screen import Screen
from worker.web.downloads import json_download
from worker.web.reports.asked import query

FORMATS: Final = ("html", "json")

# Together they fit one printed page.
_MOST_LATE: Final = 4
_MOST_NEXT: Final = 12
_MOST_HERE: Final = 5


def answer(context: Context, facility: str | None, form: str) -> Response:
    """The report for one facility, or for all, in a format of `FORMATS`."""
    report = shift_report(context, facility)
    if form == "json":
        return json_download(report.to_document(), "custody-shift")
    zone, custody = context.rules_by_record.current.profile.calendar.zone, report.custody
    return pages.page(
        "report_shift.html",
        report=report,
        words=words,
        facility=facility,
        zone=zone,
        downloads={"json": query(("facility", facility or ""), ("format", "json"))},
        whole_board=Screen.asked(facility, None, True).href(),
        overdue=len(custody.overdue) + len(custody.not_departed),
        picture=shift_svg(report, zone) if report.released or custody.held else None,
        late=list(islice(words.late_rows(report, zone), _MOST_LATE)),
        next=list(islice(words.next_rows(report, zone), _MOST_NEXT)),
        here=list(islice(words.here_rows(report, zone), _MOST_HERE)),
        held=len(custody.overdue) + len(custody.held),
        still_here=len(custody.not_departed) + len(custody.leaving),
        tasks=list(words.tasks(report.waiting)),
    )
