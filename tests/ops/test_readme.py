"""The README's tables are complete: every setting, command, event type and reason, and no other."""

import json
import re
from typing import Any, Final, get_args

import click
import pytest

from events.inbound import INBOUND_TYPES, Inbound
from events.outbound import OUTBOUND_TYPES
from events.parse import RejectReason, parse
from tests.support.repository import ROOT
from worker.cli import custody
from worker.settings import Settings

README: Final = (ROOT / "README.md").read_text(encoding="utf-8")


def first_column(heading: str) -> str:
    """The first cells of the table whose header row begins so."""
    _, _, after = README.partition(f"\n| {heading}")
    return "\n".join(re.findall(r"^\| (.*?) \|", after.partition("\n\n")[0], re.MULTILINE))


def named_in(heading: str) -> list[str]:
    return re.findall(r"`([^`]+)`", first_column(heading))


def types_of(models: Any) -> set[str]:
    return {
        model.model_fields["type"].default.removeprefix("custody.").removesuffix(".v1") for model in models
    }


def test_every_setting_is_in_the_table() -> None:
    assert named_in("variable") == [f"CUSTODY_{field.upper()}" for field in Settings.model_fields]


@pytest.mark.parametrize(
    "field", [name for name, field in Settings.model_fields.items() if field.default is not None]
)
def test_the_default_of_a_setting_is_the_one_in_the_table(field: str) -> None:
    (sent,) = re.findall(rf"^\| `CUSTODY_{field.upper()}` \| `(.*?)` \|", README, re.MULTILINE)
    default = Settings.model_fields[field].default
    assert sent.removeprefix("./") == (str(default).lower() if isinstance(default, bool) else str(default))


def test_every_command_is_in_the_table() -> None:
    named = {command.split()[1] for command in named_in("command") if command.startswith("custody ")}
    assert named == set(custody.list_commands(click.Context(custody)))


def test_every_event_type_is_in_a_table() -> None:
    tables = README.split("\n| type (")[1:]
    sent = [
        set(re.findall(r"`([a-z_]+\.[a-z_]+)`", "\n".join(re.findall(r"^\| (`.*?) \|", table, re.MULTILINE))))
        for table in (text.partition("\n\n")[0] for text in tables)
    ]
    assert sent == [types_of(INBOUND_TYPES), types_of(OUTBOUND_TYPES)]


@pytest.mark.parametrize("model", INBOUND_TYPES, ids=lambda model: model.__name__)
def test_every_field_of_an_inbound_event_is_in_its_row(model: type[Inbound]) -> None:
    name = model.model_fields["type"].default.removeprefix("custody.").removesuffix(".v1")
    (row,) = re.findall(rf"^\| [^|]*`{re.escape(name)}`[^|]*\| (.*?) \|", README, re.MULTILINE)
    data = model.model_fields["data"].annotation
    assert data is not None
    fields = set(data.model_fields)
    if name == "booking.amended":
        fields = {"reason"}
    assert fields <= set(re.findall(r"`(\w+)`", row))


def test_every_reason_for_a_refusal_is_in_the_table() -> None:
    assert named_in("reason") == list(get_args(RejectReason))


def test_the_example_of_an_event_is_one_that_is_taken() -> None:
    (example,) = re.findall(r"^```json\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    event = parse(example.encode())
    assert isinstance(event, Inbound)
    assert event.subject == json.loads(example)["subject"]


def test_the_events_of_the_tour_are_taken() -> None:
    lines = re.findall(r'^\{"specversion".*$', README, re.MULTILINE)
    assert lines
    for line in lines:
        assert isinstance(parse(line.replace("$NOW", "2026-11-24T10:00:00Z").encode()), Inbound), line


def test_the_readme_says_that_it_is_no_legal_advice() -> None:
    assert "no legal advice" in README
