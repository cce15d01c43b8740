"""`custody record`: what a person enters at a terminal counts as if upstream had sent it."""

import os
import pty
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from structlog.testing import capture_logs

from events.inbound import INBOUND_TYPES
from tests.support.bookings import booked, now
from tests.support.repository import ROOT
from tests.support.terminal import Command, Ran
from tests.support.waiting import wait_until
from tests.support.worker_by_hand import Store, take_in
from worker.cli.record import COMMANDS
from worker.engine import intake
from worker.store.context import Context

HOUR = timedelta(hours=1)


@pytest.fixture
def enter(ask: Command, context: Context) -> Iterator[Callable[..., Ran]]:
    """Runs `custody record …` while a worker takes in what is entered."""
    stopping = threading.Event()

    def work() -> None:
        while not stopping.wait(0.02):
            intake.work_one_batch(context, context.shards[0])

    thread = threading.Thread(target=work)
    # The worker's log would land in the middle of what the command prints: both are this process.
    with capture_logs():
        thread.start()
        yield partial(ask, "record")
        stopping.set()
        thread.join()


def test_every_inbound_type_has_a_subcommand() -> None:
    assert set(COMMANDS) == set(INBOUND_TYPES)
    assert len(set(COMMANDS.values())) == len(COMMANDS)


def test_a_booking_answers_with_its_deadline(enter: Callable[..., Ran], ask: Command) -> None:
    entered = enter(
        "book",
        "2026-1",
        "--arrested-at",
        "now",
        "--charge",
        "211PC felony street robbery",
        "--facility",
        "Central",
    )
    assert entered.status == 0, entered.err
    said = entered.out.decode()
    assert "2026-1: booked; the clock started" in said
    assert "must be released by" in said
    document = ask("show", "2026-1", "--json").document
    assert (document["state"], document["facility"]) == ("held", "Central")


def test_who_entered_it_is_in_the_source(enter: Callable[..., Ran], context: Context, ask: Command) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    assert enter("bail", "B1", "--posted-at", "now", "--kind", "cash", "--by", "Sgt Ng").status == 0
    timeline = ask("show", "B1", "--json").document["timeline"]
    assert timeline[-1]["event"]["source"] == "urn:custody:record:Sgt-Ng"


EXAMPLES: dict[str, tuple[str, ...]] = {
    "amend": ("--facility", "Harbor", "--reason", "clerical_error"),
    "void": ("--reason", "mistaken"),
    "bail": ("--posted-at", "now", "--kind", "bond"),
    "order": ("--ordered-at", "now", "--basis", "citation"),
    "probable-cause": ("--determined-at", "now", "--outcome", "found"),
    "transfer": ("--transferred-at", "now", "--to", "court"),
    "escape": ("--at", "now"),
    "death": ("--at", "now"),
    "depart": ("--departed-at", "now"),
    "hold": ("--hold-id", "W1", "--kind", "parole"),
    "lift-hold": ("--hold-id", "W1"),
    "warrant-check": ("--completed-at", "now", "--federal-notified"),
    "ice-contact": ("--contacted-at", "now", "--channel", "fax", "--requests", "hold, release_date"),
    "ice-request": ("--requested-at", "now", "--officer-reference", "A1", "--warrant", "none"),
    "counsel": ("--deliver-to", "counsel-fax"),
    "arraign": ("--arraigned-at", "now"),
    "return": ("--returned-at", "now", "--arraigned"),
    "reinstate": ("--reason", "entered_in_error"),
    "renumber": ("--new-number", "B2", "--reason", "renumbered"),
    "ice-withdrawal": ("--withdrawn-at", "now"),
}


@pytest.mark.parametrize("command", sorted(set(COMMANDS.values()) - {"book"}))
def test_every_event_can_be_given_as_options(
    enter: Callable[..., Ran], context: Context, ask: Command, command: str
) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR))
    entered = enter(command, "B1", *EXAMPLES[command])
    assert entered.status == 0, entered.err
    assert "\nB1: " in f"\n{entered.out.decode()}"
    assert "not taken in yet" not in entered.out.decode()
    assert ask("rejects", "list", "--json").document == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("bail", "B1"), "--posted-at is missing"),
        (("bail",), "booking number is missing"),
        (("bail", "B 1", "--posted-at", "now"), "is no booking number"),
        (("bail", "B1", "--posted-at", "tomorrow"), "give a local time"),
        (("bail", "B1", "--posted-at", "25:00"), "no such time of day"),
        (("probable-cause", "B1", "--determined-at", "now", "--outcome", "maybe"), "maybe"),
    ],
)
def test_what_is_missing_or_not_understood_is_said_and_nothing_is_entered(
    ask: Command, store: Store, context: Context, words: tuple[str, ...], says: str
) -> None:
    entered = ask("record", *words)
    assert entered.status == 2
    assert says in entered.complaint
    assert store.client.xlen(context.shards[0].keys.inbox) == 0


def test_without_a_worker_it_says_that_it_waits(
    ask: Command, monkeypatch: pytest.MonkeyPatch, context: Context
) -> None:
    monkeypatch.setattr("worker.cli.record._TAKEN_IN_SECONDS", 0.0)
    entered = ask("record", "book", "B1", "--arrested-at", "now")
    assert entered.status == 0
    assert b"not taken in yet" in entered.out
    assert context.shards[0].inbox.waiting() == 1


class Terminal:
    """The command on a terminal of its own, and a person who answers its questions."""

    def __init__(self, store: Store, *words: str) -> None:
        self._terminal, theirs = pty.openpty()
        settings = {"CUSTODY_STORE_URL": store.url, "TERM": "dumb", "PATH": os.environ["PATH"]}
        command = [sys.executable, "-m", "worker", "record", *words]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=settings, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        self.screen = ""

    def answer(self, question: str, answer: str) -> None:
        assert wait_until(lambda: self._read() or question in self.screen.rsplit("\n", 1)[-1], 30), (
            self.screen
        )
        os.write(self._terminal, answer.encode() + b"\n")

    def ends(self) -> int:
        assert wait_until(self._is_over, 30), self.screen
        os.close(self._terminal)
        return self._process.wait()

    def _is_over(self) -> bool:
        self._read()
        return self._process.poll() is not None

    def _read(self) -> None:
        while select.select([self._terminal], [], [], 0)[0]:
            try:
                self.screen += os.read(self._terminal, 4096).decode()
            except OSError:
                return


def test_on_a_terminal_it_asks_shows_and_has_it_confirmed(store: Store, context: Context) -> None:
    terminal = Terminal(store, "book")
    terminal.answer("Booking number", "2026-7")
    terminal.answer("Agency", "")
    terminal.answer("Facility", "Central")
    terminal.answer("Arrested at", "half past two")
    terminal.answer("Arrested at", "now")
    terminal.answer("Booked at", "")
    terminal.answer("Kind of arrest", "")
    terminal.answer("Charge", "459PC felony burglary")
    terminal.answer("Another charge", "")
    terminal.answer("Is this right?", "y")
    assert wait_until(lambda: intake.work_one_batch(context, context.shards[0]) > 0, 30)
    assert terminal.ends() == 0
    assert "not understood: give a local time" in terminal.screen
    assert "Deadline by these facts" in terminal.screen
    assert "2026-7: booked; the clock started" in terminal.screen


def test_what_is_not_confirmed_is_not_entered(store: Store, context: Context) -> None:
    terminal = Terminal(store, "bail", "B1", "--kind", "cash")
    terminal.answer("Posted", "")
    terminal.answer("Is this right?", "n")
    assert terminal.ends() == 1
    assert context.shards[0].inbox.waiting() == 0
    assert "nothing was entered" in terminal.screen
