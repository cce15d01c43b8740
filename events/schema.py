"""JSON Schema of every event type, generated from the models; `custody schemas` writes the files."""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import Any, Final

from pydantic import BaseModel

from events.envelope import Envelope, WireModel
from events.inbound import INBOUND_TYPES
from events.outbound import OUTBOUND_TYPES

CONTRACT_VERSION: Final = "1.0.0"
"""Of the documents that describe the contract. The version of an event is in its type."""

REFS: Final = "#/components/schemas/"
"""Begins the references in the schemas of `components`."""


def schemas() -> dict[str, str]:
    """The text of each schema file, by file name."""
    texts = {}
    for model in (*INBOUND_TYPES, *OUTBOUND_TYPES):
        name = model.model_fields["type"].default
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:{name}"}
        schema |= schema_of(model)
        texts[f"{name}.json"] = json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return texts


def schema_of(model: type[Envelope]) -> dict[str, Any]:
    """The schema of an event type, or of the envelope: fields in the model's order, each with its meaning."""
    schema = model.model_json_schema(mode="validation")
    schema["required"] = sorted({*schema["required"], "type"})
    data_models = {data.__name__: data for data in WireModel.__subclasses__()}
    _describe(schema, model)
    for name, definition in schema.get("$defs", {}).items():
        _describe(definition, data_models[name])
    return schema


def components(models: Iterable[type[Envelope]]) -> dict[str, Any]:
    """The schemas of event types and of what they consist of, by name, for a document with `components`.

    Raises:
        ValueError: two different models have one name.
    """
    schemas: dict[str, Any] = {}
    for model in models:
        schema = schema_of(model)
        for name, part in (*schema.pop("$defs", {}).items(), (model.__name__, schema)):
            component = _referring_to_components(part)
            if schemas.setdefault(name, component) != component:
                raise ValueError(f"two schemas are called {name}: rename one of the models")
    return schemas


@cache
def field_meanings(model: type[BaseModel]) -> dict[str, str]:
    """The text below each field of a model and of what it inherits from, by the field's name.

    Read from the source only where a page or a schema is generated, so that no import of a model pays for it.
    """
    meanings: dict[str, str] = {}
    for parent in reversed(model.__mro__):
        if issubclass(parent, BaseModel) and parent is not BaseModel:
            meanings |= _texts_below_fields(parent)
    return {name: meanings[name] for name in model.model_fields if name in meanings}


def _referring_to_components(schema: Any) -> Any:
    match schema:
        case dict():
            return {
                name: value.replace("#/$defs/", REFS) if name == "$ref" else _referring_to_components(value)
                for name, value in schema.items()
            }
        case list():
            return [_referring_to_components(item) for item in schema]
        case _:
            return schema


def _describe(schema: dict[str, Any], model: type[BaseModel]) -> None:
    for name, meaning in field_meanings(model).items():
        schema["properties"][name]["description"] = meaning


def _texts_below_fields(model: type[BaseModel]) -> dict[str, str]:
    source = ast.parse(textwrap.dedent(inspect.getsource(model)))
    body = next(node.body for node in source.body if isinstance(node, ast.ClassDef))
    texts = {}
    for field, below in pairwise(body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                texts[name] = inspect.cleandoc(text)
    return texts
