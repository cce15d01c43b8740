"""Tables for a person: nothing is cut off, nothing is taken for markup, and names are words."""

import io
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
from rich.console import Console

from tests.support.bookings import PROFILE, bail_posted, booked, departed, ice_contacted, now
from tests.support.repository import ROOT
from tests.support.terminal import Command
from tests.support.worker_by_hand import Store, take_in
from worker.cli import output
from worker.cli.output import print_table
from worker.plain_text import escaped
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
    assert r"a\x1b[2Jb\x07c\u202ed" in table


def test_only_our_own_line_breaks_break_a_line() -> None:
    table = printed(140, ("B-1", "one\ntwo", ("three", "four")))
    assert r"one\ntwo" in table
    assert table.count("│\n") == 2


@pytest.mark.parametrize("place", ["[/foo] Central", "[bold]Central", "Central\u202e\u2066\u200b\x9b2J"])
def test_no_name_of_a_place_breaks_a_command_or_reaches_the_terminal(
    context: Context, ask: Command, place: str
) -> None:
    take_in(context, booked("A1", due_at=now() + HOUR, facility=place))
    for words in (("due",), ("due", "--json"), ("show", "A1"), ("show", "A1", "--json")):
        asked = ask(*words)
        assert asked.status == 0
        shown = asked.out.decode()
        assert "Central" in shown
        assert not {"\u202e", "\u2066", "\u200b", "\x9b", "\x1b"} & set(shown)
    assert ask("due", "--json").document[0]["facility"] == place
    assert escaped(place) in ask("due").out.decode()


def test_an_error_shows_what_it_quotes_as_plain_text(ask: Command) -> None:
    assert r"no booking a\x1b[2J\u202eb here" in ask("show", "a\x1b[2J\u202eb").complaint
    published = ask("publish", stdin=b"\x1b[2J\xe2\x80\xae\xff")
    assert published.err.endswith("\\x1b[2J\\u202e\\xff\n")


@pytest.mark.parametrize("module", sorted((ROOT / "worker/cli").glob("*.py")), ids=lambda path: path.stem)
def test_what_a_person_sees_goes_through_one_place(module: Path) -> None:
    if module.stem != "output":
        text = module.read_text(encoding="utf-8")
        found = re.findall(r"click\.secho|\bprint\(|from rich|click\.echo\((?!svg|to_json_line|\")", text)
        assert found == [], "print with worker.cli.output.say or print_table, which show what is unsafe"


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
    assert "ICE asked" in due and "yes" in due


def test_a_terminal_that_cannot_show_a_character_shows_the_rest(context: Context, store: Store) -> None:
    take_in(context, booked("A1", due_at=now() + HOUR, facility="Cañada"))
    shown = subprocess.run(
        [sys.executable, "-m", "worker", "due"],
        cwd=ROOT,
        env=os.environ
        | {"CUSTODY_STORE_URL": store.url, "CUSTODY_PROFILE": PROFILE, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert rb"Ca\xf1ada" in shown.stdout
