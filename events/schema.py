"""JSON Schema of every event type, generated from the models: `python -m events.schema` writes the files."""

import json
from pathlib import Path
from typing import Final

from events.inbound import INBOUND_TYPES
from events.outbound import OUTBOUND_TYPES

SCHEMAS: Final = Path(__file__).parent / "schemas"


def schemas() -> dict[str, str]:
    """The text of each schema file, by file name."""
    texts = {}
    for model in (*INBOUND_TYPES, *OUTBOUND_TYPES):
        name = model.model_fields["type"].default
        schema = model.model_json_schema(mode="validation")
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:{name}"} | schema
        schema["required"] = sorted({*schema["required"], "type"})
        texts[f"{name}.json"] = json.dumps(schema, indent=2, sort_keys=True) + "\n"
    return texts


def write() -> None:
    """Write the schema files and remove those of types that are no more."""
    texts = schemas()
    SCHEMAS.mkdir(exist_ok=True)
    for stale in SCHEMAS.glob("*.json"):
        if stale.name not in texts:
            stale.unlink()
    for name, text in texts.items():
        (SCHEMAS / name).write_text(text)


if __name__ == "__main__":
    write()
