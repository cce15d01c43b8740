"""Which rules decide which record: those it was booked under, until a person says otherwise."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.bookings import PROFILE, bail_posted, booked, ice_contacted, now
from tests.support.terminal import Command, custody_process
from tests.support.worker_by_hand import Store, everything, fire_all, take_in, the_record
from worker.host.wiring import open_context
from worker.settings import Settings
from worker.store.context import Context

HOUR = timedelta(hours=1)


@pytest.fixture
def profiles(tmp_path: Path) -> dict[str, str]:
    """Paths of profiles like that of `bookings`, of 48 h and of 96 h and more."""
    text = Path(PROFILE).read_text(encoding="utf-8")
    limits = {"shorter": '["pc_determination_48h", "type1_96h"]', "longer": '["type1_96h"]'}
    paths = {}
    for name, enabled in limits.items():
        path = tmp_path / f"{name}.toml"
        path.write_text(
            text.replace('"seventy-two-hours"', f'"{name}"').replace('["cap_72h"]', enabled), encoding="utf-8"
        )
        paths[name] = str(path)
    return paths


def test_a_worker_started_with_another_profile_leaves_running_records_alone(
    context: Context, store: Store, ask: Command, profiles: dict[str, str]
) -> None:
    due_at = now() + 30 * HOUR
    take_in(context, booked("B1", due_at=due_at))
    restarted = open_context(Settings(profile=profiles["longer"]), store.url)
    take_in(restarted, ice_contacted("B1", now()), booked("B2", due_at=due_at))
    running, new = the_record(restarted, "B1"), the_record(restarted, "B2")
    assert (running.profile.name, running.deadline) == ("seventy-two-hours", due_at)
    assert (new.profile.name, new.governing_limit) == ("longer", "type1_96h")
    assert ask("show", "B1", "--json", profile=profiles["longer"]).document["limits"][0]["name"] == "cap_72h"
    restarted.client.close()


def test_a_profile_file_that_was_edited_or_deleted_changes_no_running_record(
    store: Store, profiles: dict[str, str], ask: Command
) -> None:
    before = open_context(Settings(profile=profiles["shorter"]), store.url)
    take_in(before, booked("B1", due_at=now() + 30 * HOUR))
    deadline = the_record(before, "B1").deadline
    before.client.close()
    Path(profiles["shorter"]).unlink()
    after = open_context(Settings(profile=PROFILE), store.url)
    take_in(after, ice_contacted("B1", now()))
    record = the_record(after, "B1")
    assert (record.profile.name, record.deadline) == ("shorter", deadline)
    assert len(record.contacts) == 1
    kept = store.client.hgetall(after.shards[0].keys.profiles)
    assert record.profile.fingerprint.encode() in kept
    after.client.close()


def test_a_person_can_put_a_record_under_a_profile_and_the_journal_says_so(
    context: Context, ask: Command, profiles: dict[str, str]
) -> None:
    take_in(context, booked("B1", due_at=now() + 50 * HOUR))
    before = the_record(context, "B1")
    asked = ask("reprofile", profiles["shorter"], "B1", "--yes")
    assert asked.status == 0
    assert asked.out.endswith(b"1 decided by shorter from now on\n")
    after = the_record(context, "B1")
    assert before.deadline
    assert after.deadline == before.deadline - 24 * HOUR
    assert (after.profile.name, after.governing_limit) == ("shorter", "pc_determination_48h")
    last = ask("show", "B1", "--json", profile=profiles["shorter"]).document["timeline"][-1]
    assert (last["outcome"], last["cause"]) == ("reprofiled", "clock")
    assert last["detail"]["from"] == "seventy-two-hours"
    assert ask("audit", "verify").status == 0


def test_a_shorter_limit_that_has_passed_already_releases(
    context: Context, ask: Command, profiles: dict[str, str]
) -> None:
    take_in(context, booked("B1", due_at=now() + 20 * HOUR))
    assert ask("reprofile", profiles["shorter"], "B1", "--yes").status == 0
    fire_all(context)
    record = the_record(context, "B1")
    assert (record.state, record.basis, record.governing_limit) == (
        "released",
        "deadline",
        "pc_determination_48h",
    )


def test_after_a_contact_no_profile_moves_a_deadline_past_the_one_fixed_then(
    context: Context, ask: Command, profiles: dict[str, str]
) -> None:
    take_in(context, booked("asked", due_at=now() + 50 * HOUR), booked("not-asked", due_at=now() + 50 * HOUR))
    take_in(context, ice_contacted("asked", now()))
    before = the_record(context, "asked")
    assert b"2 decided by longer" in ask("reprofile", profiles["longer"], "--all-held", "--yes").out
    after = the_record(context, "asked")
    assert (after.deadline, after.profile.name) == (before.deadline, "longer")
    assert after.ceiling == before.ceiling
    assert the_record(context, "not-asked").governing_limit == "type1_96h"


def test_all_held_takes_only_those_that_are_held_under_other_rules(
    context: Context, ask: Command, profiles: dict[str, str]
) -> None:
    take_in(
        context,
        booked("held", due_at=now() + HOUR),
        booked("gone", due_at=now() + HOUR),
        bail_posted("gone", now()),
    )
    assert b"1 decided" in ask("reprofile", profiles["longer"], "--all-held", "--yes").out
    assert b"decided by" not in ask("reprofile", profiles["longer"], "--all-held", "--yes").out
    assert the_record(context, "gone").profile.name == "seventy-two-hours"


def test_the_answer_is_the_only_thing_on_standard_output(
    context: Context, store_server: str, profiles: dict[str, str]
) -> None:
    take_in(context, booked("B1", due_at=now() + 50 * HOUR))
    asked = custody_process("reprofile", profiles["longer"], "B1", "--yes", store_url=store_server)
    assert asked.status == 0
    assert asked.out.endswith(b"1 decided by longer from now on\n")


def test_an_unknown_booking_is_one_line(ask: Command) -> None:
    asked = ask("reprofile", "ca-values-2018", "B1", "--yes")
    assert asked.status == 1
    assert "booking B1" in asked.complaint


def test_with_an_unknown_booking_among_known_ones_nothing_is_done(
    context: Context, ask: Command, profiles: dict[str, str]
) -> None:
    take_in(context, booked("B1", due_at=now() + 50 * HOUR), booked("B4", due_at=now() + 50 * HOUR))
    before = everything(context.shards[0])
    asked = ask("reprofile", profiles["shorter"], "B1", "B2", "B3", "B4", "--yes")
    assert asked.status == 1
    assert "no booking B2, B3 here: nothing was done" in asked.complaint
    assert the_record(context, "B1").profile.name == "seventy-two-hours"
    profiles_key = context.shards[0].keys.profiles.encode()
    after = everything(context.shards[0])
    assert before | {profiles_key: None} == after | {profiles_key: None}, "the store knows one more profile"


def test_a_booking_named_twice_is_decided_once(
    context: Context, ask: Command, profiles: dict[str, str]
) -> None:
    take_in(context, booked("B1", due_at=now() + 50 * HOUR))
    assert ask("reprofile", profiles["shorter"], "B1", "B1", "--yes").out.endswith(
        b"1 decided by shorter from now on\n"
    )
    assert the_record(context, "B1").version == 2


def test_bookings_or_all_held_and_not_both(ask: Command) -> None:
    assert ask("reprofile", "ca-values-2018", "B1", "--all-held").status == 2
    assert ask("reprofile", "ca-values-2018").status == 2


def test_a_record_whose_rules_are_lost_is_alarmed_and_can_be_given_others(
    context: Context, store: Store, ask: Command, profiles: dict[str, str]
) -> None:
    take_in(context, booked("B1", due_at=now() + 50 * HOUR))
    store.client.delete(context.shards[0].keys.profiles)
    asked = ask("show", "B1", profile=profiles["shorter"])
    assert asked.status == 0
    assert b"custody reprofile" in asked.out and b"must be released by" in asked.out
    assert ask("reprofile", profiles["shorter"], "B1", "--yes").status == 0
    assert ask("show", "B1", profile=profiles["shorter"]).status == 0


def test_it_shows_who_would_go_and_whose_deadline_moves_before_it_does_anything(
    context: Context, ask: Command, profiles: dict[str, str]
) -> None:
    take_in(
        context,
        booked("goes", due_at=now() + 20 * HOUR),
        booked("moves", due_at=now() + 50 * HOUR),
        booked("left", due_at=now() + 50 * HOUR),
        bail_posted("left", now()),
    )
    before = {name: the_record(context, name) for name in ("goes", "moves", "left")}
    shown = ask("reprofile", profiles["shorter"], "goes", "moves", "left", "--dry-run")
    lines = shown.out.decode().splitlines()
    assert shown.status == 0
    assert any("goes" in line and "RELEASED AT ONCE" in line for line in lines)
    assert any("moves" in line and "earlier" in line for line in lines)
    assert any("left" in line and "stays as it is" in line for line in lines)
    assert "1 would be released at once, 1 would have another deadline" in shown.out.decode()
    assert {name: the_record(context, name) for name in before} == before


def test_without_a_yes_nothing_is_done(context: Context, ask: Command, profiles: dict[str, str]) -> None:
    take_in(context, booked("B1", due_at=now() + 20 * HOUR))
    asked = ask("reprofile", profiles["shorter"], "B1")
    assert asked.status == 1
    assert asked.err == "custody: nothing was done: look at the list, then give --yes\n"
    assert the_record(context, "B1").profile.name == "seventy-two-hours"


def test_the_profile_is_the_one_that_is_named_whatever_the_shell_says(
    context: Context, ask: Command, profiles: dict[str, str]
) -> None:
    take_in(context, booked("B1", due_at=now() + 50 * HOUR))
    assert ask("reprofile", profiles["longer"], "B1", "--yes", profile=profiles["shorter"]).status == 0
    assert the_record(context, "B1").profile.name == "longer"


def test_an_unknown_profile_is_one_line_and_nothing_is_done(context: Context, ask: Command) -> None:
    take_in(context, booked("B1", due_at=now() + 50 * HOUR))
    asked = ask("reprofile", "lapd-2099", "B1", "--yes")
    assert asked.status == 1
    assert "lapd-2099" in asked.complaint
    assert the_record(context, "B1").profile.name == "seventy-two-hours"
