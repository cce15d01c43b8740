"""`custody schemas`: what describes the events and the ways in and out, as files."""

import json
from pathlib import Path

import click

from worker.cli.output import say


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default=Path("schemas"))
def schemas(directory: Path) -> None:
    """Write the JSON Schema of every event, asyncapi.json and openapi.json into DIRECTORY (./schemas).

    Schemas of events that there are no more are removed from it; other files stay.
    """
    texts = documents()
    directory.mkdir(parents=True, exist_ok=True)
    for stale in directory.glob("custody.*.v*.json"):
        if stale.name not in texts:
            stale.unlink()
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="utf-8")
    say(f"{len(texts)} files are in {directory}.")


def documents() -> dict[str, str]:
    """The text of each file, by its name."""
    from events import asyncapi, schema
    from worker.web.app import openapi_document

    openapi = json.dumps(openapi_document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return {**schema.schemas(), "asyncapi.json": asyncapi.text(), "openapi.json": openapi}
