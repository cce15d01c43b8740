"""`custody reconcile`: three jails' rosters, and what each shows that the clock does not."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.bookings import bail_posted, booked, now
from tests.support.terminal import Command, Ran
from tests.support.worker_by_hand import everything_sent, take_in
from worker.store.context import Context

LA = ZoneInfo("America/Los_Angeles")
HOUR = timedelta(hours=1)

PADDED = """
delimiter = ";"
instants = ["%m/%d/%Y %H%M"]
[columns]
booking = "Booking No"
arrested_at = "Arrest Date"
arrested_time = "Arrest Time"
facility = "Loc"
[numbers]
strip = "0"
prefix = "B"
"""

QUOTED = """
encoding = "cp1252"
instants = ["%d.%m.%Y %H:%M"]
[columns]
booking = "Nummer"
arrested_at = "Festnahme, Zeit"
person = "Person"
"""


@pytest.fixture
def arrested_at(context: Context) -> datetime:
    """B1 and B2 are held, B3 was released; all were arrested at this instant."""
    at = (now() - HOUR).replace(second=0, microsecond=0)
    for booking in ("B1", "B2", "B3"):
        take_in(context, booked(booking, due_at=now() + HOUR, arrested_at=at, booked_at=at))
    take_in(context, bail_posted("B3", now()))
    return at


def lines(ran: Ran) -> list[str]:
    """What was printed, without the lines of the log, which the tests print there too."""
    return [line for line in ran.out.decode().splitlines() if not line.startswith("[error")]


def document(ran: Ran) -> Any:
    return json.loads("".join(lines(ran)))


def kinds(ran: Ran) -> list[tuple[str, str]]:
    return [(found["kind"], found["booking"]) for found in document(ran)]


def roster(tmp_path: Path, text: str | bytes, columns: str = "") -> list[str]:
    """A roster as a file, and the words that name it."""
    path = tmp_path / "roster.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if not columns:
        return ["reconcile", str(path)]
    (tmp_path / "columns.toml").write_text(columns)
    return ["reconcile", str(path), "--columns", str(tmp_path / "columns.toml")]


def alarms(context: Context) -> list[str]:
    return [event["data"]["code"] for event in everything_sent(context) if "clock.alarmed" in event["type"]]


def test_a_roster_that_agrees_is_no_alarm(
    ask: Command, context: Context, tmp_path: Path, arrested_at: datetime
) -> None:
    at = arrested_at.isoformat()
    words = roster(tmp_path, f"booking,arrested_at,facility\nB1,{at},Central\nB2,{at},Central\n")
    ran = ask(*words)
    assert (ran.status, ran.out) == (0, b"roster and clock agree\n")
    assert alarms(context) == []


def test_who_is_held_without_a_clock_is_an_alarm_and_exit_1(
    ask: Command, context: Context, tmp_path: Path, arrested_at: datetime
) -> None:
    words = roster(tmp_path, "booking,arrested_at\nB1,\nB3,\nUNKNOWN-7,2026-11-30 14:05\n")
    ran = ask(*words, "--json")
    assert ran.status == 1
    assert kinds(ran) == [("without_clock", "B3"), ("without_clock", "UNKNOWN-7"), ("not_on_roster", "B2")]
    assert [found["state"] for found in document(ran)] == ["released", None, "held"]
    assert alarms(context) == ["roster_mismatch"]
    assert b"HELD WITHOUT A CLOCK" in ask(*words).out


def test_a_padded_roster_with_date_and_time_apart(
    ask: Command, context: Context, tmp_path: Path, arrested_at: datetime
) -> None:
    local = arrested_at.astimezone(LA)
    rows = "\ufeffBooking No ; Arrest Date;Arrest Time; Loc\r\n"
    for number in ("  0000001  ", "0000002"):
        rows += f"{number};{local:%m/%d/%Y} ; {local:%H%M};Central\r\n"
    ran = ask(*roster(tmp_path, rows, PADDED), "--json")
    assert (ran.status, ran.document) == (0, [])


def test_a_quoted_roster_in_another_encoding_with_a_person_booked_twice(
    ask: Command, context: Context, tmp_path: Path, arrested_at: datetime
) -> None:
    local = arrested_at.astimezone(LA)
    rows = 'Nummer,"Festnahme, Zeit",Person\n'
    rows += f'"B1","{local:%d.%m.%Y %H:%M}","Müller, 1"\n"B2","{local:%d.%m.%Y %H:%M}","Müller, 1"\n'
    ran = ask(*roster(tmp_path, rows.encode("cp1252"), QUOTED), "--json")
    assert ran.status == 0
    assert [(one["kind"], one["booking"], one["also"]) for one in document(ran)] == [
        ("booked_twice", "B1", ["B2"])
    ]
    assert "Müller".encode() not in ran.out


def test_another_time_of_arrest_and_a_number_twice_are_said(
    ask: Command, context: Context, tmp_path: Path, arrested_at: datetime
) -> None:
    other = (arrested_at - timedelta(minutes=30)).isoformat()
    near = (arrested_at + timedelta(seconds=40)).isoformat()
    rows = f"booking,arrested_at\nB1,{other}\nB2,{near}\nB2,{near}\n"
    assert kinds(ask(*roster(tmp_path, rows), "--json")) == [
        ("other_arrest_time", "B1"),
        ("booked_twice", "B2"),
    ]


def test_a_time_that_is_not_understood_is_a_difference(
    ask: Command, context: Context, tmp_path: Path, arrested_at: datetime
) -> None:
    rows = f"booking,arrested_at\nB1,last night\nB2,{arrested_at.isoformat()}\n"
    assert kinds(ask(*roster(tmp_path, rows), "--json")) == [("other_arrest_time", "B1")]


def test_fix_prints_commands_and_runs_none(
    ask: Command, context: Context, tmp_path: Path, arrested_at: datetime
) -> None:
    rows = "booking,arrested_at,facility\nB1,,\nB2,,\nB9,2026-11-30T10:00:00-08:00,O'Hara; rm -rf /\n"
    rows += '"X\nrm -rf /",,\n'
    ran = ask(*roster(tmp_path, rows), "--fix")
    assert lines(ran) == [
        "custody record book B9 --arrested-at 2026-11-30T18:00:00.000Z "
        "--facility 'O'\"'\"'Hara; rm -rf /' --yes",
        "# line 6: 'X\\nrm -rf /' is no booking number: correct the roster",
    ]
    assert context.shards[0].inbox.waiting() == 0


def test_a_printed_command_mends_it(
    ask: Command, context: Context, tmp_path: Path, arrested_at: datetime
) -> None:
    at = (arrested_at - timedelta(minutes=5)).isoformat()
    words = roster(tmp_path, f"booking,arrested_at,facility\nB1,,\nB2,,\nB9,{at},Central\n")
    (line,) = lines(ask(*words, "--fix"))
    ask(*line.split()[1:])
    take_in(context)
    assert ask(*words).out == b"roster and clock agree\n"


@pytest.mark.parametrize(
    ("text", "columns", "says"),
    [
        ("number,arrested_at\nB1,\n", "", "has no column 'booking'"),
        ("booking\nB1\n", '[columns]\nbooking = "booking"\nfacility = "Loc"', "has no column 'Loc'"),
        (b"booking\n\xff\xfe\n", "", "is not utf-8"),
        ("booking\n", "[colums]", "Extra inputs"),
        ("booking\n", "[columns", "is no TOML"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(
    ask: Command, context: Context, tmp_path: Path, text: str | bytes, columns: str, says: str
) -> None:
    ran = ask(*roster(tmp_path, text, columns))
    assert ran.status == 1
    assert says in ran.complaint


def test_a_number_that_was_renumbered_is_its_new_one(
    ask: Command, context: Context, tmp_path: Path, arrested_at: datetime
) -> None:
    ask("record", "renumber", "B1", "--new-number", "B7")
    take_in(context)
    take_in(context)
    assert ask(*roster(tmp_path, "booking\nB1\nB2\n")).out == b"roster and clock agree\n"
