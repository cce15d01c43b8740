"""Every event type is listed once: whatever else goes by type has all of them, and no other."""

from typing import get_args

import pytest

from events.envelope import Envelope
from events.inbound import INBOUND_TYPES, CustodyCarried, Inbound, InboundEvent
from events.outbound import OUTBOUND_TYPES, Outbound, OutboundEvent
from worker.custody import decide

LISTS = pytest.mark.parametrize(
    ("base", "listed", "union"),
    [(Inbound, (*INBOUND_TYPES, CustodyCarried), InboundEvent), (Outbound, OUTBOUND_TYPES, OutboundEvent)],
    ids=["inbound and carried", "outbound"],
)


@LISTS
def test_every_class_of_events_is_listed_once(
    base: type[Envelope], listed: tuple[type[Envelope], ...], union: object
) -> None:
    assert set(listed) == set(base.__subclasses__())
    assert len(listed) == len(set(listed))


@LISTS
def test_the_union_is_the_list(
    base: type[Envelope], listed: tuple[type[Envelope], ...], union: object
) -> None:
    of_types, discriminator = get_args(union)
    assert get_args(of_types) == listed
    assert discriminator.discriminator == "type"


@LISTS
def test_no_two_classes_have_one_name_of_a_type(
    base: type[Envelope], listed: tuple[type[Envelope], ...], union: object
) -> None:
    names = [model.model_fields["type"].default for model in listed]
    assert len(names) == len(set(names))
    for model, name in zip(listed, names, strict=True):
        assert get_args(model.model_fields["type"].annotation) == (name,)


def test_every_inbound_type_has_its_handler() -> None:
    assert decide._HANDLERS.keys() == {*INBOUND_TYPES, CustodyCarried}


def test_what_the_clock_writes_to_itself_is_no_inbound_type_of_the_contract() -> None:
    assert CustodyCarried not in INBOUND_TYPES
