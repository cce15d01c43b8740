"""What comes out of the printer: one page for a shift, two for a booking."""

import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from pypdf import PdfReader

from events.outbound import AlarmCode
from tests.support.bookings import amended, bail_posted, booked, departed, ice_contacted, now
from tests.support.deliveries import deliver_all
from tests.support.web_server import web_server
from tests.support.worker_by_hand import take_in
from worker.engine.alarms import raise_alarm
from worker.store.context import Context

CHROMIUM: Final = Path("/usr/bin/chromium")
CODES: Final[tuple[AlarmCode, ...]] = (
    "booking_conflict",
    "booking_again",
    "end_in_doubt",
    "time_doubtful",
    "word_unknown",
    "event_conflict",
)
HOUR: Final = timedelta(hours=1)

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium")


def printed(url: str, into: Path) -> list[str]:
    """The text of each page, printed on US Letter, which is Chromium's paper."""
    subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--no-pdf-header-footer",
            f"--user-data-dir={into / 'profile'}",
            f"--print-to-pdf={into / 'page.pdf'}",
            url,
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return [page.extract_text() for page in PdfReader(into / "page.pdf").pages]


def test_a_full_shift_is_one_page_and_a_booking_with_its_contacts_two_at_most(
    context: Context, tmp_path: Path
) -> None:
    at = now()
    for number in range(60):
        booking = f"2026-{number:05}"
        take_in(context, booked(booking, due_at=at + HOUR + number * timedelta(minutes=1)))
        if number >= 30:
            take_in(context, bail_posted(booking, at - HOUR))
        elif number >= 28:
            take_in(context, departed(booking, at), amended("2026-00027", at, facility=f"Station {number}"))
    for route in ("ice-la", "ice-2", "ice-3"):
        take_in(context, ice_contacted("2026-00040", at - HOUR, form="I-247D", requests=("hold",)))
        take_in(context, ice_contacted("2026-00040", at - HOUR, reply_to=route))
    deliver_all(context)
    take_in(context, *(departed(f"2026-{number:05}", at) for number in range(10)), b"not an event")
    for code in CODES:
        assert raise_alarm(context.shards[0], code, "seen", now(), "2026-00001")
    with web_server(context, is_open_desk=True) as url:
        shift = printed(f"{url}/report/shift", tmp_path)
        booking_pages = printed(f"{url}/booking/2026-00040", tmp_path)
    assert len(shift) == 1
    assert "Shift report" in shift[0] and "Waiting for a person" in shift[0] and "alarms" in shift[0].lower()
    assert "and 18 more" in shift[0]
    assert len(booking_pages) <= 2
    assert "Released" in booking_pages[0] and "unbroken" in booking_pages[-1]
