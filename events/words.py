"""Words from a list of the contract: one that is not on the list is taken, kept as it is, and doubted."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, GetJsonSchemaHandler, StringConstraints

WORD: Final = r"^[^\x00-\x1f\x7f]*$"
Word = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=WORD)]
"""A short word without control characters."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about an event that a person must look at. `detail` names fields, never a value."""

    code: Literal["word_unknown"]
    detail: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """Marks a field as a word from a list, or as a list of such words.

    Attributes:
        known: the words, a `Literal`.
        otherwise: what a word that is not among them counts as.
    """

    known: Any
    otherwise: str

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core_schema)
        known = {"enum": list(get_args(self.known))}
        if "items" in schema:
            return schema | {"items": {"anyOf": [known, schema["items"]]}}
        return {"anyOf": [known, *schema.get("anyOf", [schema])]}


def unknown_words(data: BaseModel) -> list[Doubt]:
    """A doubt for each word that is not on its list, and what it counts as."""
    doubts = []
    for name, known, otherwise in _words_of(type(data)):
        value = getattr(data, name)
        if value == otherwise and name not in data.model_fields_set:
            continue  # left out, and counted as the contract says: nobody has to look at that
        for word in value if type(value) is tuple else (value,):
            if word not in known and word is not None:
                detail = f"no word on the list for {name}: it counts as {otherwise}"
                doubts.append(Doubt("word_unknown", detail))
    for name in object_lists(type(data)):
        for item in getattr(data, name) or ():
            doubts += unknown_words(item)
    return doubts


@cache
def object_lists(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a model that are lists of objects."""
    return tuple(name for name in model.model_fields if item_model(model, name) is not None)


@cache
def item_model(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """The model of the items of a field that is a list of objects; None for any other field."""
    waiting: list[Any] = [model.model_fields[name].annotation]
    for annotation in waiting:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return annotation
        waiting += get_args(annotation)
    return None


@cache
def _words_of(model: type[BaseModel]) -> tuple[tuple[str, frozenset[str], str], ...]:
    """The fields that are words from a list: name, the words on the list, what any other counts as."""
    return tuple(
        (name, frozenset(get_args(mark.known)), mark.otherwise)
        for name, info in model.model_fields.items()
        for mark in info.metadata
        if isinstance(mark, OneOf)
    )
