"""The tables of the README and of OPERATING are complete, and what they show is taken by the service."""

import json
import re
import tomllib
from pathlib import Path
from typing import Final, get_args

import click
import pytest
from rich.console import Console

from events.parse import Parsed, RejectReason, parse
from tests.support.repository import ROOT
from tests.support.terminal import custody as custody_at_terminal
from worker.cli import custody, output
from worker.desk.doctor.store import SETTINGS
from worker.law import jurisdiction
from worker.law.errors import ProfileError
from worker.law.profile_file import ProfileFile
from worker.law.profiles import load_profile, profile_names
from worker.settings import Settings

README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
OPERATING: Final = (ROOT / "ops/docs/OPERATING.md").read_text(encoding="utf-8")

README_LINES: Final = 250


def rows(document: str, heading: str) -> list[str]:
    """The first cells of the table whose header row begins so."""
    _, _, after = document.partition(f"\n| {heading} |")
    table = after.partition("\n\n")[0]
    return re.findall(r"^\| (.*?) \|", table, re.MULTILINE)


def named_in(document: str, heading: str) -> list[str]:
    return re.findall(r"`([^`]+)`", "\n".join(rows(document, heading)))


def example(language: str, having: str = "") -> str:
    """The one example of OPERATING in this language that has this text."""
    found = re.findall(rf"^```{language}\n(.*?)^```", OPERATING, re.MULTILINE | re.DOTALL)
    (wanted,) = (one for one in found if having in one)
    return str(wanted)


def example_of_a_profile() -> str:
    return example("toml", "calendar_file")


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) < README_LINES


def test_the_readme_says_that_it_is_no_legal_advice() -> None:
    assert "no legal advice" in README


def test_the_first_screen_says_which_rules_are_the_default_and_how_old_they_are() -> None:
    first_screen = " ".join(README.partition("\n## ")[0].split())
    default = load_profile(Settings.model_fields["profile"].default)
    assert f"`{default.name}`" in first_screen
    for day in (default.in_force_from, default.in_force_until):
        assert day is not None
        assert f"{day.day} {day:%B %Y}" in first_screen


def test_the_first_screen_has_the_two_commands_and_the_picture() -> None:
    first_screen = README.partition("\n## ")[0]
    assert "\nmake demo " in first_screen
    assert "\nmake test " in first_screen
    assert "](ops/pictures/demo.svg)" in first_screen


def test_every_command_is_in_the_table() -> None:
    named = {command.split()[1] for command in named_in(README, "command") if command.startswith("custody ")}
    assert named == set(custody.list_commands(click.Context(custody)))


def test_the_events_of_the_tour_are_taken() -> None:
    lines = re.findall(r'^\{"specversion".*$', README, re.MULTILINE)
    assert lines
    for line in lines:
        parsed = parse(line.replace("$NOW", "2026-11-24T10:00:00Z").encode())
        assert isinstance(parsed, Parsed), line
        assert not parsed.doubts


def test_the_explanation_in_the_tour_is_what_the_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    (command, shown) = re.findall(
        r"^custody (explain [^\n]*)\n```\n\n```\n(.*?)^```", README, re.MULTILINE | re.DOTALL
    )[0]
    monkeypatch.setattr(output, "console", lambda: Console(width=110, highlight=False))
    printed = [line.rstrip() for line in custody_at_terminal(*command.split()).out.decode().splitlines()]
    before, after = (part.splitlines() for part in shown.split("…\n"))
    assert printed[: len(before)] == before
    assert printed[-len(after) :] == after


def test_every_setting_is_in_the_table() -> None:
    assert named_in(OPERATING, "variable") == [f"CUSTODY_{field.upper()}" for field in Settings.model_fields]


@pytest.mark.parametrize(
    "field", [name for name, field in Settings.model_fields.items() if field.default is not None]
)
def test_the_default_of_a_setting_is_the_one_in_the_table(field: str) -> None:
    (shown,) = re.findall(rf"^\| `CUSTODY_{field.upper()}` \| `(.*?)` \|", OPERATING, re.MULTILINE)
    default = Settings.model_fields[field].default
    assert shown.removeprefix("./") == (str(default).lower() if isinstance(default, bool) else str(default))


def test_every_shipped_profile_is_named_where_one_is_chosen() -> None:
    (row,) = re.findall(r"^\| `CUSTODY_PROFILE` .*$", OPERATING, re.MULTILINE)
    assert set(profile_names()) <= set(re.findall(r"`([^`]+)`", row))


def test_every_reason_for_a_rejection_is_in_the_table() -> None:
    assert named_in(OPERATING, "reason") == list(get_args(RejectReason))


def test_what_the_doctor_asks_of_a_store_is_in_the_table() -> None:
    shown = dict(re.findall(r"^\| `([\w-]+)` \| `(\w+)` \|", OPERATING, re.MULTILINE))
    assert {setting.name: setting.wanted for setting in SETTINGS}.items() <= shown.items()


def test_what_the_table_asks_of_a_store_is_how_it_is_deployed() -> None:
    deployed = (ROOT / "ops/deploy/valkey.conf").read_text(encoding="utf-8").splitlines()
    for name in named_in(OPERATING, "setting"):
        (value,) = re.findall(rf"^\| `{name}` \| `(\w+)` \|", OPERATING, re.MULTILINE)
        assert f"{name} {value}" in deployed


def test_the_example_of_an_event_is_one_that_is_taken() -> None:
    parsed = parse(example("json").encode())
    assert isinstance(parsed, Parsed)
    assert not parsed.doubts
    assert parsed.event.subject == json.loads(example("json"))["subject"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The example of a site's profile, as a file beside its list of holidays."""
    profile = tmp_path / "site.toml"
    profile.write_text(example_of_a_profile(), encoding="utf-8")
    (tmp_path / "holidays.csv").write_text(example("csv"), encoding="utf-8")
    return profile


def test_the_example_of_a_profile_is_one_that_is_taken(site: Path) -> None:
    profile = load_profile(str(site))
    assert profile.calendar.zone.key == "America/Chicago"
    assert len(profile.holidays.days) == len(example("csv").splitlines()) - 1


@pytest.mark.parametrize("entry", ["calendar_file", "violent_felonies", "qualification"])
def test_a_profile_without_what_the_table_asks_for_is_refused(site: Path, entry: str) -> None:
    assert any(f"`{entry}`" in row or f"`[{entry}]`" in row for row in rows(OPERATING, "entry"))
    lacking = re.sub(
        rf"^{entry} = .*\n|^\[{entry}\].*\n(?:\w.*\n)*", "", example_of_a_profile(), flags=re.MULTILINE
    )
    assert entry not in tomllib.loads(lacking)
    site.write_text(lacking, encoding="utf-8")
    with pytest.raises(ProfileError):
        load_profile(str(site))


def test_every_entry_of_a_profile_is_named() -> None:
    assert all(re.search(rf"\b{name}\b", OPERATING) for name in ProfileFile.model_fields)


def test_every_name_that_a_profile_may_give_is_listed() -> None:
    for name in (*jurisdiction.calendars(), *jurisdiction.violent_felony_lists()):
        assert f"`{name}`" in OPERATING
