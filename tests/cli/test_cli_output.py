"""Tables for a person: nothing is cut off, nothing is taken for markup, and names are words."""

import io
import re
from datetime import timedelta
from unittest import mock

import pytest
from rich.console import Console

from tests.support.bookings import bail_posted, booked, departed, ice_contacted, now
from tests.support.terminal import Command
from tests.support.worker_by_hand import take_in
from worker.cli import output
from worker.cli.output import print_table
from worker.store.context import Context

HOUR = timedelta(hours=1)
NUMBER = "1796058577839-0"


def printed(width: int, *rows: tuple[str, ...]) -> str:
    """A table with a heading for each column, on a terminal so many columns wide."""
    terminal = io.StringIO()
    with mock.patch.object(output, "console", lambda: Console(file=terminal, width=width)):
        print_table([f"heading {column}" for column in range(len(rows[0]))], rows, "title")
    return terminal.getvalue()


def cell_texts(table: str, column: int) -> str:
    """The text of a column, its lines joined without spaces."""
    lines = [line.split("│")[column + 1] for line in table.splitlines() if line.startswith("│")]
    return "".join(line.strip() for line in lines)


@pytest.mark.parametrize("width", [40, 60, 80, 140])
def test_a_narrow_terminal_wraps_text_and_cuts_nothing_off(width: int) -> None:
    words = "conviction_7282_5_that_has_no_space"
    table = printed(width, (NUMBER, words, "x" * 50, words))
    assert all(len(line) <= width for line in table.splitlines())
    assert "…" not in table
    assert cell_texts(table, 0) == NUMBER
    assert cell_texts(table, 1) == cell_texts(table, 3) == words
    assert cell_texts(table, 2) == "x" * 50


@pytest.mark.parametrize("width", [60, 80, 140])
def test_a_number_stays_in_one_piece_where_there_is_room(width: int) -> None:
    assert NUMBER in printed(width, (NUMBER, *["many words that wrap"] * 4))


def test_a_wide_number_is_wrapped_rather_than_cut_off() -> None:
    assert cell_texts(printed(40, ("B" * 64, "held")), 0) == "B" * 64


def test_what_an_agency_wrote_is_neither_markup_nor_a_control_sequence() -> None:
    table = printed(140, ("B-1", "[red]annex[/red] :smile: [/]", "a\x1b[2Jb\x07c\u202ed"))
    assert "[red]annex[/red] :smile: [/]" in table
    assert "a\ufffd[2Jb\ufffdc\ufffdd" in table


def test_a_booking_is_shown_in_words_and_local_time(context: Context, ask: Command) -> None:
    take_in(
        context,
        booked("A1", due_at=now() + HOUR),
        ice_contacted("A1", now(), requests=("hold", "release_date")),
        bail_posted("A1", now()),
        departed("A1", now()),
    )
    shown = ask("show", "A1").out.decode()
    assert re.findall(r"\b[a-z0-9]+_[a-z0-9_]+\b", shown) == []
    assert "without a warrant" in shown
    assert "asked for: a longer hold and the release date" in shown
    assert "qualification: none" in shown
    assert re.search(r"form I-247\w?\b|no form", shown) and "form: " not in shown
    assert re.search(r"arrested +│ \w{3} \d\d \w{3} \d{4} \d\d:\d\d:\d\d P[SD]T", shown)
    assert "True" not in shown


def test_rejected_events_and_who_is_due_are_listed_in_words(context: Context, ask: Command) -> None:
    context.client.xadd(context.shards[0].keys.inbox, {"event": b"garbage"})
    take_in(context, booked("A1", due_at=now() + HOUR), ice_contacted("A1", now()))
    listed, due = ask("rejects", "list").out.decode(), ask("due").out.decode()
    assert "not JSON" in listed and "not_json" not in listed
    assert "72-hour limit" in due and "cap_72h" not in due
    assert "made contact" in due
