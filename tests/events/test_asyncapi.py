"""The AsyncAPI document names every event and every way in and out, and is valid."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from events.inbound import INBOUND_TYPES
from events.outbound import OUTBOUND_TYPES
from tests.support.repository import ROOT
from worker.cli.schemas import schemas
from worker.store.keys import Keys

SCHEMAS = ROOT / "events" / "schemas"

# Run with NODE_PATH at a directory in which `npm install @asyncapi/parser` was done.
PARSE = """
const { Parser } = require('@asyncapi/parser')
new Parser().parse(require('fs').readFileSync(0, 'utf8')).then(({ document, diagnostics }) => {
  console.log(JSON.stringify(diagnostics.map(one => [one.path.join('.'), one.message])))
  process.exitCode = document ? 0 : 1
})
"""


def read(name: str) -> dict[str, Any]:
    found = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def types_of(document: dict[str, Any], operation: str) -> set[str]:
    """The types of the events of an operation."""
    messages = [resolved(document, one["$ref"]) for one in document["operations"][operation]["messages"]]
    return {message["name"] for message in messages}


def resolved(document: dict[str, Any], ref: str) -> Any:
    found: Any = document
    for name in ref.removeprefix("#/").split("/"):
        found = found[name]
    return resolved(document, found["$ref"]) if set(found) == {"$ref"} else found


def refs(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        yield from (value for name, value in found.items() if name == "$ref")
        for inner in found.values():
            yield from refs(inner)
    elif isinstance(found, list):
        for inner in found:
            yield from refs(inner)


def test_every_event_is_in_a_way_in_or_out() -> None:
    document = read("asyncapi.json")
    inbound, outbound = (
        {model.model_fields["type"].default for model in models} for models in (INBOUND_TYPES, OUTBOUND_TYPES)
    )
    assert types_of(document, "takeFromInbox") == inbound
    assert types_of(document, "takeOverHttp") == inbound | {"batch"}
    assert types_of(document, "sendToOutbox") == types_of(document, "sendByWebhook") == outbound


def test_the_streams_are_those_of_the_store() -> None:
    channels, keys = read("asyncapi.json")["channels"], Keys()
    for name, key in (("inbox", keys.inbox), ("outbox", keys.outbox)):
        assert channels[name]["parameters"]["stream"]["default"] == key


@pytest.mark.parametrize("name", ["asyncapi.json", "openapi.json"])
def test_every_reference_leads_somewhere(name: str) -> None:
    document = read(name)
    assert [ref for ref in refs(document) if not resolved(document, ref)] == []


def test_the_parser_of_asyncapi_finds_nothing_to_say() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    has_parser = [node, "-e", "require.resolve('@asyncapi/parser')"]
    if subprocess.run(has_parser, capture_output=True, check=False, env=os.environ).returncode:
        pytest.skip("@asyncapi/parser is not installed for node")
    parsed = subprocess.run(
        [node, "-e", PARSE], input=(SCHEMAS / "asyncapi.json").read_bytes(), capture_output=True, check=False
    )
    assert (json.loads(parsed.stdout), parsed.returncode) == ([], 0)


def test_the_command_writes_all_files_and_removes_schemas_of_events_that_are_no_more(tmp_path: Path) -> None:
    directory = tmp_path / "there" / "schemas"
    assert CliRunner().invoke(schemas, [str(directory)]).exit_code == 0
    (directory / "custody.clock.paused.v1.json").touch()
    (directory / "notes.json").touch()
    assert CliRunner().invoke(schemas, [str(directory)]).exit_code == 0
    written = {path.name for path in directory.iterdir()}
    assert written == {path.name for path in SCHEMAS.iterdir()} | {"notes.json"}
