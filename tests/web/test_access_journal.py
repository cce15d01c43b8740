"""Who has looked at whom: every look at a record is noted before anything is shown."""

from functools import partial
from pathlib import Path

import httpx2
import pytest

from tests.support.bookings import PROFILE, booked, now
from tests.support.terminal import Command, custody
from tests.support.web_server import token_of, web_server
from tests.support.worker_by_hand import Store, take_in
from worker.desk.access import Look, every_look
from worker.store.context import Context

SECRET = "desk-desk-desk"  # noqa: S105
DESK = token_of(SECRET, "desk")
HEADERS = {"Authorization": f"Bearer {SECRET}"}


@pytest.fixture
def ask(context: Context, store: Store, tmp_path: Path) -> Command:
    return partial(custody, store_url=store.url, profile=PROFILE, data_dir=str(tmp_path))


def looks(context: Context) -> list[tuple[str | None, str | None, str]]:
    return [(look.by, look.booking, look.form) for look in every_look(context)]


def test_a_look_is_noted_with_the_name_of_the_token(context: Context) -> None:
    before = context.store_now()
    take_in(context, booked("B-1", due_at=now()))
    with web_server(context, [DESK]) as url:
        httpx2.get(f"{url}/booking/B-1", headers=HEADERS)
        httpx2.get(f"{url}/booking/B-1?format=json", headers=HEADERS)
        httpx2.get(f"{url}/booking/UNKNOWN", headers=HEADERS)
    assert looks(context) == [
        (DESK.name, "B-1", "page"),
        (DESK.name, "B-1", "evidence"),
        (DESK.name, "UNKNOWN", "page"),
    ]
    first = next(iter(every_look(context)))
    assert before <= first.at <= context.store_now()


def test_nothing_is_noted_of_whoever_is_not_let_in(context: Context) -> None:
    with web_server(context, [DESK]) as url:
        assert httpx2.get(f"{url}/booking/B-1").status_code in {303, 401}
    assert looks(context) == []


def test_what_shows_nothing_is_not_noted(context: Context) -> None:
    with web_server(context, is_open_desk=True) as url:
        assert httpx2.head(f"{url}/booking/B-1").status_code == 405
        ahead = httpx2.get(f"{url}/booking/B-1", headers={"Sec-Purpose": "prefetch;prerender"})
        assert ahead.status_code == 503
    assert looks(context) == []


def test_without_its_note_nothing_is_shown(context: Context) -> None:
    take_in(context, booked("B-1", due_at=now(), facility="Van Nuys"))
    context.client.set(context.shards[0].keys.access, "another program's")
    with web_server(context, is_open_desk=True) as url:
        answer = httpx2.get(f"{url}/booking/B-1")
    assert answer.status_code == 503
    assert "This look cannot be noted, so nothing is shown" in answer.text
    assert "Van Nuys" not in answer.text


def test_the_command_says_who_has_looked_at_whom(context: Context, ask: Command) -> None:
    with web_server(context, [DESK]) as url:
        for number in ("B-1", "B-2"):
            httpx2.get(f"{url}/booking/{number}", headers=HEADERS)
    shown = ask("audit", "access").out.decode()
    assert DESK.name in shown
    assert "2 looks at records" in shown
    [look] = ask("audit", "access", "--booking", "B-2", "--json").document
    assert (look["by"], look["booking"], look["form"]) == (DESK.name, "B-2", "page")
    assert ask("audit", "access", "--since", "now", "--json").document == []
    assert ask("audit", "access", "--since", "yesterdy").status == 2


def test_an_entry_of_another_program_is_listed_as_unreadable(context: Context, ask: Command) -> None:
    context.client.xadd(context.shards[0].keys.access, {"entry": "{"})
    [look] = every_look(context)
    assert look == Look(look.at, None, None, "an entry that cannot be read")
    assert ask("audit", "access").status == 0
