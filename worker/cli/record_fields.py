"""The fields of an event as a person enters them: an option each, or a question."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args, get_origin

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from events.inbound import Inbound
from events.schema import field_meanings
from events.words import OneOf, item_model
from worker.desk.local_time import EXAMPLES
from worker.desk.plain_words import local

QUESTIONS: Final[Mapping[str, str]] = {
    "arrested_at": "Arrested at",
    "booked_at": "Booked at",
    "arrest_kind": "Kind of arrest",
    "to": "Moved to",
    "at": "When",
    "arraigned": "Was the person arraigned",
    "federal_notified": "Did it notify federal systems",
    "requests": "What ICE asked for",
    "reply_to": "Route for the answer",
    "deliver_to": "Route for counsel's copies",
    "hold_id": "Id of the hold",
    "new_number": "New booking number",
    "officer_reference": "Officer's reference",
}
"""Where a field's name with blanks is not what a person would ask."""

ReadInstant = Callable[[str], datetime]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event's data, and how a person gives it.

    Attributes:
        meaning: the contract's text about it.
        words: the words of the contract, where the field is one of them or several.
        is_closed: whether no other word may be given.
    """

    name: str
    info: FieldInfo
    meaning: str
    kind: Literal["instant", "flag", "words", "word", "charges", "text"]
    words: tuple[str, ...] = ()
    is_closed: bool = False

    @property
    def option(self) -> str:
        """The option's name, without dashes in front."""
        return "charge" if self.kind == "charges" else self.name.replace("_", "-")

    @property
    def question(self) -> str:
        """What a person is asked."""
        return QUESTIONS.get(self.name, self.name.replace("_", " ").capitalize().removesuffix(" at"))

    @property
    def hint(self) -> str:
        """How an answer may look."""
        match self.kind:
            case "instant":
                return EXAMPLES
            case "words":
                return f"any of: {', '.join(self.words)}; with commas"
            case "word":
                return f"one of: {', '.join(self.words)}"
            case "charges":
                return "as in: 211PC felony robbery"
            case _:
                return ""

    def read(self, given: Any, read_instant: ReadInstant) -> Any:
        """The value for the event; None if nothing was given.

        Raises:
            click.BadParameter: it is not understood.
        """
        if given is None or given in ("", ()):
            return None
        try:
            match self.kind:
                case "instant":
                    return read_instant(given)
                case "words":
                    return tuple(word.strip() for word in given.split(",") if word.strip())
                case "charges":
                    return tuple(map(_charge, given))
                case _:
                    return self._word(given)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint=f"--{self.option}") from None

    def _word(self, given: Any) -> Any:
        if self.is_closed and given not in self.words:
            raise ValueError(f"give one of {', '.join(self.words)}")
        return given


def fields_of(event: type[Inbound]) -> list[Field]:
    """The fields of an event's data, in the contract's order."""
    model = event.model_fields["data"].annotation
    assert isinstance(model, type)
    assert issubclass(model, BaseModel)
    meanings = field_meanings(model)
    return [_field(model, name, info, meanings[name]) for name, info in model.model_fields.items()]


def in_words(value: Any, zone: Any) -> str:
    """A value as a person reads it."""
    match value:
        case datetime():
            return local(value, zone)
        case bool():
            return "yes" if value else "no"
        case tuple():
            return "; ".join(_item(one) for one in value) or "none"
        case _:
            return str(value)


def _field(model: type[BaseModel], name: str, info: FieldInfo, meaning: str) -> Field:
    kinds = {info.annotation, *get_args(info.annotation)}
    known = next((mark.known for mark in info.metadata if isinstance(mark, OneOf)), None)
    if item_model(model, name) is not None:
        return Field(name, info, meaning, "charges")
    if datetime in kinds:
        return Field(name, info, meaning, "instant")
    if bool in kinds:
        return Field(name, info, meaning, "flag")
    if known is not None:
        is_list = get_origin(info.annotation) is tuple
        return Field(name, info, meaning, "words" if is_list else "word", get_args(known))
    if get_origin(info.annotation) is Literal:
        return Field(name, info, meaning, "word", get_args(info.annotation), is_closed=True)
    return Field(name, info, meaning, "text")


def _charge(text: str) -> dict[str, str]:
    """A charge as in "211PC felony robbery": the statute, how serious it is, and the offense in words."""
    statute, *rest = text.split(maxsplit=2)
    return {"statute": statute} | dict(zip(("level", "description"), rest, strict=False))


def _item(value: Any) -> str:
    return " ".join(value.values()) if isinstance(value, dict) else str(value)
