"""Renders the report on communication with ICE."""

from typing import Final

from fastapi.responses import Response

from worker.desk.reports import ice_words as words
from worker.desk.reports.ice import ice_report
from worker.desk.reports.period import Period
from worker.desk.reports.time_pictures import ice_svg
from worker.store.context import Context
from worker.web import pages
from worker.web.downloads import csv_download, json_download
from worker.web.reports.asked import AskedPeriod

FORMATS: Final = ("html", "csv", "json")
_MOST_LISTED: Final = 300
_NAME: Final = "custody-ice"


def answer(context: Context, period: Period, asked: AskedPeriod, form: str) -> Response:
    """The report of a period in a format of `FORMATS`."""
    report = ice_report(context, period)
    match form:
        case "json":
            return json_download(report.to_document(), _NAME)
        case "csv":
            return csv_download(words.SHEET, words.sheet(report), _NAME)
    zone = context.rules_by_record.current.profile.calendar.zone
    received, others = report.received[-_MOST_LISTED:], report.other_answers[-_MOST_LISTED:]
    return pages.page(
        "report_ice.html",
        report=report,
        words=words,
        asked=asked,
        zone=zone,
        downloads={name: asked.href(name) for name in FORMATS[1:]},
        picture=ice_svg(report, zone),
        received=[words.row(one, zone, period.until) for one in received],
        earlier=len(report.received) - len(received),
        others=[words.said(one, zone, period.until) for one in others],
        earlier_others=len(report.other_answers) - len(others),
    )
