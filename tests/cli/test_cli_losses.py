"""Another number of shards is refused by every command; what the store has lost waits for a person."""

import json
from pathlib import Path

import pytest

from tests.cli.test_cli_failures import NEEDS_THE_STORE, is_explained
from tests.support.terminal import Command
from tests.support.waiting_alarms import stored
from tests.support.worker_by_hand import put
from worker.engine.chores.guard_store import GuardStore
from worker.store.awake import show_awake
from worker.store.context import Context


def verdict(ask: Command, check: str) -> str:
    findings = ask("doctor", "--json").document["findings"]
    return str(next(finding["verdict"] for finding in findings if finding["check"] == check))


@pytest.mark.parametrize("words", [*NEEDS_THE_STORE, ("losses", "list"), ("worker",)], ids=" ".join)
def test_another_number_of_shards_is_refused_in_one_line(ask: Command, words: tuple[str, ...]) -> None:
    asked = ask(*words, shards="4")
    assert is_explained(asked, "written with CUSTODY_SHARDS=1, and 4", "set CUSTODY_SHARDS=1")


def test_the_doctor_says_which_store_it_is(ask: Command) -> None:
    assert verdict(ask, "identity") == "ok"
    assert "shards 1, key format 1" in ask("doctor").out.decode()


def test_a_store_that_was_emptied_is_unsafe_until_a_person_accepts_the_new_one(
    context: Context, ask: Command, tmp_path: Path
) -> None:
    keys = context.shards[0].keys
    GuardStore(tmp_path).do(context)
    old = json.loads(context.client.get(keys.identity) or b"")["id"]
    assert verdict(ask, "losses") == "ok"
    context.client.flushall()
    show_awake(context.client, keys)
    assert verdict(ask, "losses") == "unsafe", "even before a worker has noticed"
    assert [loss["id"] for loss in ask("losses", "list", "--json").document] == [old]
    assert is_explained(ask("losses", "accept", "other", "--by", "Sgt. Diaz"), "no loss other waits")
    assert ask("losses", "accept", old).status == 2
    assert verdict(ask, "losses") == "unsafe"
    assert ask("losses", "accept", old, "--by", "Sgt. Diaz").status == 0
    assert verdict(ask, "losses") == "ok"
    [loss] = ask("losses", "list", "--json").document
    assert (loss["code"], loss["accepted_by"]) == ("records_vanished", "Sgt. Diaz")
    assert "0 wait for a person" in ask("losses", "list").out.decode()


def test_who_accepts_a_loss_acknowledges_its_alarm(context: Context, ask: Command, tmp_path: Path) -> None:
    guard = GuardStore(tmp_path)
    guard.do(context)
    context.client.flushall()
    guard.do(context)
    guard.do(context)
    [(_, alarm)] = stored(context)
    [loss] = ask("losses", "list", "--json").document
    assert ask("losses", "accept", loss["id"], "--by", "Sgt. Diaz").status == 0
    assert stored(context) == []
    [done] = ask("alarms", "list", "--all", "--json").document
    assert (done["id"], done["acknowledged"]["by"]) == (alarm.id, "Sgt. Diaz")


def test_events_deleted_unread_are_unsafe_until_a_person_accepts_it(context: Context, ask: Command) -> None:
    put(context, b"garbage", b"garbage")
    context.client.xtrim(context.shards[0].keys.inbox, maxlen=0, approximate=False)
    [loss] = ask("losses", "list", "--json").document
    assert loss["count"] == 2
    assert verdict(ask, "losses") == "unsafe"
    ask("losses", "accept", loss["id"], "--by", "Sgt. Diaz")
    assert verdict(ask, "losses") == "ok"
