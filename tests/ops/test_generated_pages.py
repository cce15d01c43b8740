"""The generated pages say what the code says: each is current, and what it is made from is complete."""

import ast
import json
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Final, NamedTuple, get_args

import pytest

from events.inbound import INBOUND_TYPES
from events.outbound import OUTBOUND_TYPES, AlarmCode, Outbound
from events.parse import RejectReason
from ops.pages import event_prose, events, law, log, metrics, record_samples, states
from ops.pages.event_examples import BOOKING, inbound_examples, outbound_examples, play
from tests.support.repository import ROOT
from worker.log_events import LOG_EVENTS
from worker.log_fields import FIELDS
from worker.telemetry import FORBIDDEN_KEYS

PAGES: Final = (events, states, log, metrics, law)
LOGS: Final = ("worker", "ops/demo")
LEVELS: Final = {"debug", "info", "warning", "error", "exception", "critical"}
LOGGERS: Final = {"log", "logger"}


class LogCall(NamedTuple):
    """One call of a logger. The name is None where it is not written out."""

    place: str
    level: str
    name: str | None
    fields: frozenset[str | None]


def log_calls() -> Iterator[LogCall]:
    """Every call of a logger in the tree."""
    for under in LOGS:
        for path in sorted((ROOT / under).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                    continue
                logger, level = node.func.value, node.func.attr
                if not (isinstance(logger, ast.Name) and logger.id in LOGGERS and level in LEVELS):
                    continue
                name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
                fields = frozenset(keyword.arg for keyword in node.keywords) - {"exc_info"}
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                yield LogCall(place, level, name if isinstance(name, str) else None, fields)


CALLS: Final = tuple(log_calls())


@pytest.mark.parametrize("generator", PAGES, ids=lambda generator: generator.PAGE.name)
def test_a_page_is_what_its_generator_gives(generator: ModuleType) -> None:
    written = generator.PAGE.read_text(encoding="utf-8")
    assert generator.page() == written, f"run `python -m {generator.__name__}`"


def test_make_pages_writes_every_generated_page() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^pages:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert re.findall(r"-m (ops\.pages\.\w+)", recipe) == [generator.__name__ for generator in PAGES]
    generated = {path.stem for path in (ROOT / "ops/pages").glob("*.py") if "def write" in path.read_text()}
    assert generated == {generator.__name__.rpartition(".")[2] for generator in PAGES}


def test_every_type_of_event_has_its_section_and_its_example() -> None:
    text = events.page()
    headings = re.findall(r"^### `(.*)`$", text, re.MULTILINE)
    types = [model.model_fields["type"].default for model in (*INBOUND_TYPES, *OUTBOUND_TYPES)]
    assert headings == types
    examples = [json.loads(found) for found in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    assert [example["type"] for example in examples] == types


def test_every_link_within_the_event_page_leads_to_a_heading() -> None:
    text = events.page()
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9_ -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#(.*?)\)", text)) <= anchors


@pytest.mark.parametrize("kind", inbound_examples())
def test_an_inbound_example_is_one_that_the_clock_takes(kind: str) -> None:
    name = kind.removeprefix("custody.").removesuffix(".v1")
    clock = play(*dict.fromkeys(("booking.created", name)))
    assert clock.rejected == []
    causes = [link.content["cause"] for link in clock.bookings[BOOKING].entries]
    assert kind in causes


@pytest.mark.parametrize("model", OUTBOUND_TYPES, ids=lambda model: model.__name__)
def test_an_outbound_example_is_one_of_its_model(model: type[Outbound]) -> None:
    example = outbound_examples()[model.model_fields["type"].default]
    assert json.loads(model.model_validate_json(json.dumps(example)).to_wire()) == example


def test_every_reason_audience_and_alarm_is_on_the_event_page() -> None:
    assert set(event_prose.REASONS) == set(get_args(RejectReason))
    audiences = [model.model_fields["audience"].annotation for model in OUTBOUND_TYPES]
    assert set(event_prose.AUDIENCES) == {word for audience in audiences for word in get_args(audience)}
    for code in get_args(AlarmCode):
        assert f"| [`{code}`](../runbooks/" in events.page()


def test_the_states_are_tried_with_every_type_of_event() -> None:
    tried = {f"custody.{sample.kind}.v1" for sample in record_samples.SAMPLES.values()}
    assert tried == {model.model_fields["type"].default for model in INBOUND_TYPES}


def test_no_arrow_leads_out_of_a_release_and_only_a_return_or_a_reinstatement_out_of_a_closing() -> None:
    arrows = states.edges()
    assert {before for before, _ in arrows} == {"[*]", "awaiting_booking", "held", "closed"}
    assert {after for before, after in arrows if before == "held"} == {"released", "closed"}
    out_of_a_closing = {after: causes for (before, after), causes in arrows.items() if before == "closed"}
    assert out_of_a_closing == {"held": ["return (not arraigned)", "reinstatement"]}


def test_a_log_is_only_had_under_a_name_that_is_searched_for() -> None:
    for under in LOGS:
        for path in (ROOT / under).rglob("*.py"):
            for line in path.read_text(encoding="utf-8").splitlines():
                if "get_logger(" in line or "log.bind(" in line:
                    assert re.match(r"\s*(log|logger) = ", line), f"{path}: {line}"


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.place)
def test_a_log_call_is_in_the_catalogue_with_its_level_and_its_fields(call: LogCall) -> None:
    assert call.name in LOG_EVENTS, "add it to worker/log_events/, and run `make pages`"
    event = LOG_EVENTS[call.name]
    assert call.level == event.level
    if event.one_of:
        (only,) = call.fields - set(event.fields)
        assert only in event.one_of
    else:
        assert call.fields == set(event.fields)


def test_no_entry_of_the_catalogue_is_unused() -> None:
    assert {call.name for call in CALLS} == set(LOG_EVENTS)
    for name, event in LOG_EVENTS.items():
        if event.one_of:
            used = {field for call in CALLS if call.name == name for field in call.fields}
            assert used == {*event.fields, *event.one_of}
    assert set(FIELDS) == {name for event in LOG_EVENTS.values() for name in (*event.fields, *event.one_of)}


def test_no_field_of_the_catalogue_is_one_that_is_never_logged() -> None:
    assert FORBIDDEN_KEYS.isdisjoint(FIELDS)
