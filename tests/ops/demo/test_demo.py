"""`custody demo` as a user runs it, and the parts it is made of."""

import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.console import Console

from ops.demo import demo_run
from ops.demo.command import demo
from ops.demo.feed import Feed
from ops.demo.in_custody import InCustody
from ops.demo.live_view import _PANELS, LiveView
from ops.demo.narration import Line, Topic
from ops.demo.received import FILES, WEBHOOKS, Received, ReceivedNotice
from ops.demo.routes import write_routes
from ops.demo.script import LEAD, ScriptError, file_script
from ops.demo.service import DemoService, DemoServiceError
from ops.demo.verdict import Check, Verdict
from ops.demo.view import LINES_PER_SECOND, PlainView, Snapshot
from ops.demo.weekend import ScheduledEvent, weekend
from ops.demo.worker_process import WorkerProcess
from ops.pages.event_examples import outbound_examples
from ops.pictures.demo import PICTURE
from tests.support.played_weekend import service_without_worker
from worker.clock import ScaledClock
from worker.desk.sent import OUTBOUND
from worker.store.connection import connect
from worker.store.keys import Keys
from worker.store.losses import RememberedIds
from worker.store.streams import entries_of_range

NOON = datetime(2016, 11, 12, 20, tzinfo=UTC)
A_FEW = ("WKND-001", "WKND-006", "WKND-012", "WKND-021", "WKND-043")
"""ICE asks for a date; asks for a hold, and bail is posted; voided; booked twice; kept to the deadline."""


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "worker", "demo", *words]


def left_behind(environment: dict[str, str]) -> list[str]:
    """The demo's files, and the directories in which a process of the demo is still working."""
    found = [str(path) for path in Path(environment["TMPDIR"]).iterdir()]
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            found.append(str(link.readlink()))
    return [path for path in found if path.startswith(environment["TMPDIR"])]


@pytest.mark.live
def test_a_file_of_events_is_replayed_on_a_separate_store(
    environment: dict[str, str], tmp_path: Path
) -> None:
    lines = [event.raw for event in weekend().events if event.booking in A_FEW]
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join([b"no event at all", *reversed(lines), b""]))
    done = subprocess.run(
        command("--speed", "50000", "--no-board", "--events", str(file)),
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All 13 checks hold." in done.stdout
    assert re.search(r"ICE notified +WKND-006 +release date Mon 14 Nov 15:10; hold declined", done.stdout)
    assert re.search(r"released +WKND-006 +bail posted", done.stdout)
    assert re.search(r"released +WKND-043 +deadline reached, 48 court hours", done.stdout)
    assert re.search(r"closed +WKND-012 +booking voided", done.stdout)
    assert re.search(r"rejected +- +a line without a time \(not JSON\)", done.stdout)
    assert "\x1b" not in done.stdout
    assert not done.stderr
    assert not left_behind(environment)
    assert not (tmp_path / "real").exists()


@pytest.mark.live
def test_the_weekend_keeps_all_its_promises(environment: dict[str, str]) -> None:
    done = subprocess.run(
        command("--speed", "18000"), env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    assert "150 at 10 stations" in done.stdout
    assert "All 23 checks hold." in done.stdout
    assert not left_behind(environment)


@contextmanager
def honoured(number: signal.Signals) -> Iterator[None]:
    """A process started meanwhile does not inherit that whoever runs the tests ignores a signal."""
    before = signal.signal(number, signal.default_int_handler)
    yield
    signal.signal(number, before)


@pytest.mark.live
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_in_the_middle_it_leaves_nothing_behind(
    number: signal.Signals, environment: dict[str, str]
) -> None:
    with honoured(number):
        running = subprocess.Popen(
            command(), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    assert running.stdout is not None
    assert any("released" in line and "WKND" in line for line in running.stdout)
    running.send_signal(number)
    running.send_signal(number)
    _, complaint = running.communicate(timeout=60)
    assert running.returncode == 130
    assert complaint == "stopped early: nothing was checked, and nothing is left behind\n"
    assert not left_behind(environment)


@pytest.mark.live
def test_a_worker_that_does_not_start_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    write_routes(tmp_path, "http://127.0.0.1:1", dict.fromkeys(WEBHOOKS, f"whsec_{'x' * 32}"), [])
    worker = WorkerProcess("redis://127.0.0.1:1/no-database", tmp_path)
    client, clock = connect("redis://127.0.0.1:1/0"), ScaledClock(NOON, NOON, 1)
    service = DemoService.on(client, clock, worker, Received(tmp_path))
    worker.start()
    assert worker._process is not None
    worker._process.wait(60)
    with pytest.raises(DemoServiceError, match=r"(?s)ended \(exit code 1\).*CUSTODY_STORE_URL must end"):
        service.check_worker()
    worker.stop()


def test_a_store_that_is_emptied_to_start_over_is_not_missed(tmp_path: Path) -> None:
    RememberedIds(tmp_path).remember(Keys(0), "the first")
    WorkerProcess("redis://127.0.0.1:1/0", tmp_path).forget_store()
    assert RememberedIds(tmp_path).of(Keys(0)) is None


@pytest.mark.parametrize(("verdict", "status"), [(Verdict.OK, 0), (Verdict.FAILED, 1)])
def test_the_exit_status_is_that_of_the_checks(
    verdict: Verdict, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_run, "run_demo", lambda *_, **__: [Check("a promise", verdict, "numbers")])
    assert CliRunner().invoke(demo, ["--no-board"]).exit_code == status


def test_a_speed_below_the_real_one_is_refused() -> None:
    done = CliRunner().invoke(demo, ["--speed", "0.5"])
    assert done.exit_code == click.UsageError.exit_code


def line(at: datetime | None, id_: str) -> bytes:
    document = {"id": id_, "type": "custody.bail.posted.v1", "subject": "B-1"}
    return json.dumps(document | ({"time": at.isoformat()} if at else {})).encode()


def test_each_line_arrives_at_its_time_and_one_without_at_that_of_the_line_before() -> None:
    first, second = NOON, NOON + timedelta(hours=1)
    lines = [b"garbage", line(second, "late"), line(None, "no time"), b"", b"\xff\xfe", line(first, "early")]
    script = file_script(lines, "a file")
    assert [(event.at, event.raw) for event in script.events] == [
        (first, lines[5]),
        (second, b"garbage"),
        (second, lines[1]),
        (second, lines[2]),
        (second, b"\xff\xfe"),
    ]
    assert script.starts_at == first - LEAD
    assert script.events[0].note == "bail"
    assert script.events[0].booking == "B-1"


def test_a_file_without_any_time_cannot_be_replayed() -> None:
    with pytest.raises(ScriptError, match="no line is an event with a `time`"):
        file_script([b"garbage", line(None, "no time")], "a file")


def test_an_event_is_put_in_when_it_arrives_and_not_before(store_server: str) -> None:
    with service_without_worker(store_server, NOON) as service:
        first, later = (ScheduledEvent(NOON + timedelta(hours=n), b"%d" % n, "note") for n in (1, 2))
        feed = Feed(service.client, service.keys, [later, first])
        assert feed.send_due(first.at - timedelta(milliseconds=1)) == []
        assert [arrival.event for arrival in feed.send_due(first.at)] == [first]
        feed.add(ScheduledEvent(first.at, b"departure", "note"))
        assert [arrival.event.raw for arrival in feed.send_due(later.at)] == [b"departure", b"2"]
        assert feed.next_at is None
        inbox = entries_of_range(service.client.xrange(service.keys.inbox))
        assert [fields[b"event"] for _, fields in inbox] == [b"1", b"departure", b"2"]


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """Two are held, one of them asked about by ICE. The jail has an order, the watch two lines of a file."""
    order = OUTBOUND.validate_python(outbound_examples()["custody.record.released.v1"], strict=False)
    received = Received(tmp_path, [ReceivedNotice("jms", order)])
    (tmp_path / FILES["watch"]).write_bytes(b"{}\n{}\n{ half a line")
    in_custody = InCustody()
    for booking, hours, kind in (("B-1", 5, "booking.created"), ("B-2", 3, "ice.contacted")):
        raw = json.dumps({"type": f"custody.{kind}.v1", "data": {"facility": "Van Nuys"}})
        in_custody.note_arrival(ScheduledEvent(NOON, raw.replace(" ", "").encode(), "note", booking))
        deadline = (NOON + timedelta(hours=hours)).isoformat()
        entry = {"booking": booking, "state": "held", "deadline": deadline, "governing_limit": "cap_72h"}
        in_custody.note_entry(entry)
    return Snapshot(NOON, in_custody, received, 0.5)


def test_the_one_whose_deadline_comes_first_is_next(snapshot: Snapshot) -> None:
    assert [(held.booking, held.ice_contacted) for held in snapshot.in_custody.next(5)] == [
        ("B-2", True),
        ("B-1", False),
    ]
    snapshot.in_custody.note_entry({"booking": "B-2", "state": "released", "deadline": None})
    assert [held.booking for held in snapshot.in_custody.next(5)] == ["B-1"]
    assert snapshot.in_custody.counts == {"held": 1, "released": 1}


@pytest.fixture
def happened() -> Iterator[Line]:
    """One thing of each kind, again and again."""
    return (
        Line(NOON, topic, "B-1", f"text {number}") for number in range(LINES_PER_SECOND) for topic in Topic
    )


def test_in_a_file_what_comes_too_fast_to_read_is_only_counted(happened: Iterator[Line]) -> None:
    sink = io.StringIO()
    with PlainView(Console(file=sink, width=100)) as view:
        view.narrate(list(happened))
    lines = sink.getvalue().splitlines()
    assert len(lines) == LINES_PER_SECOND + 1
    assert lines[0] == "Sat 12 Nov 12:00  released     B-1        text 0"
    omitted = sum(int(count) for count in re.findall(r"(\d+) [a-zI]", lines[-1]))
    assert omitted == LINES_PER_SECOND * (len(Topic) - 1)


def test_the_picture_in_the_readme_has_what_the_demo_shows() -> None:
    drawn = PICTURE.read_text(encoding="utf-8").replace("&#160;", " ")
    for wanted in (*_PANELS, "Held: who is next", "arrived: jail", "; last: "):
        assert wanted in drawn


@pytest.mark.parametrize("size", [(80, 24), (100, 12), (130, 40), (200, 60)])
def test_the_picture_fits_the_terminal_and_shows_each_kind_of_thing(
    size: tuple[int, int], snapshot: Snapshot, happened: Iterator[Line]
) -> None:
    width, height = size
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    view = LiveView(console, "a weekend", 4500)
    view.narrate(list(happened))
    lines = console.render_lines(view._frame(snapshot), pad=False)
    text = ["".join(segment.text for segment in one) for one in lines]
    assert len(text) <= height
    assert max(map(len, text)) <= width
    sent = "\n".join(text)
    for wanted in ("Sat 12 Nov 2016 12:00", "held 2", "Held: who is next", "B-2", "3 h 00 min", "ICE"):
        assert wanted in sent
    assert "arrived: jail 1, ICE 0, watch 2; last: Release now: booking" in sent
    assert ("alarm     text 24" in sent) == (height > 12)


def test_what_an_agency_wrote_is_plain_text_in_both_views(snapshot: Snapshot) -> None:
    hostile = "[/foo] \x1b[2J\u202eCentral"
    snapshot.in_custody._facilities["B-2"] = hostile
    sink = io.StringIO()
    with PlainView(Console(file=sink, width=200)) as plain_view:
        plain_view.narrate([Line(NOON, Topic.ALARM, "B-1", hostile)])
        plain_view.show(snapshot)
    view = LiveView(Console(file=sink, width=200, height=40, color_system=None), hostile, 4500)
    view.narrate([Line(NOON, Topic.ALARM, "B-1", hostile)])
    view._console.print(view._frame(snapshot))
    assert sink.getvalue().count(r"[/foo] \x1b[2J\u202eCentral") == 5
    assert not {"\x1b", "\u202e"} & set(sink.getvalue())


def test_on_a_terminal_it_draws_a_few_frames_a_second_and_gives_the_screen_back(snapshot: Snapshot) -> None:
    sink = io.StringIO()
    with LiveView(Console(file=sink, width=100, height=30, force_terminal=True), "a weekend", 4500) as view:
        for _ in range(50):
            view.show(snapshot)
    assert sink.getvalue().count("Held: who is next") == 1
    assert sink.getvalue().startswith("\x1b[?1049h")
    assert "\x1b[?1049l" in sink.getvalue()
