"""Renders the report on over-detention."""

from typing import Final

from fastapi.responses import Response

from worker.desk.reports import over_detention_words as words
from worker.desk.reports.over_detention import over_detention
from worker.desk.reports.over_detention_picture import inline_svg, svg
from worker.desk.reports.period import Period
from worker.desk.reports.shift_words import named
from worker.store.context import Context
from worker.web import pages
from worker.web.downloads import csv_download, json_download, svg_download
from worker.web.reports.asked import AskedPeriod

FORMATS: Final = ("html", "csv", "json", "svg")
_MOST_NAMED: Final = 25
_NAME: Final = "custody-over-detention"


def answer(context: Context, period: Period, asked: AskedPeriod, form: str) -> Response:
    """The report of a period in a format of `FORMATS`."""
    report = over_detention(context, period)
    match form:
        case "json":
            return json_download(report.to_document(), _NAME)
        case "csv":
            return csv_download(words.SHEET, words.sheet(report), _NAME)
        case "svg":
            return svg_download(svg(report), _NAME)
    longest = report.longest
    return pages.page(
        "report_over_detention.html",
        report=report,
        words=words,
        asked=asked,
        downloads={name: asked.href(name) for name in FORMATS[1:]},
        how_many=words.how_many(report),
        unreadable=named(report.unreadable),
        picture=inline_svg(report) if report.people else None,
        tables=list(words.sums_tables(report)),
        longest=[words.longest_row(report, one, period.until) for one in longest[:_MOST_NAMED]],
        more=max(len(longest) - _MOST_NAMED, 0),
    )
