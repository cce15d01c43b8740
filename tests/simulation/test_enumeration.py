"""A sample of what `make soak` enumerates: every sequence of up to two facts, and some of three and four."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Final

import pytest

from events.inbound import INBOUND_TYPES
from tests.simulation.alphabet import ALPHABET, BOOKED, VARIANTS, WHEN, Letter, short
from tests.simulation.enumeration import Enumeration
from tests.simulation.planted import PLANTED, Plant
from tests.simulation.points import Point, read_point, write_point
from tests.simulation.sent import BrokenPromiseError
from tests.simulation.soak import main
from tests.simulation.world import World, ends_well, just_booked, start
from tests.support.tracked import PROFILES

WALKS: Final = 200
BEGINNINGS: dict[str, Callable[[str], Point]] = {"booked": just_booked, "not booked first": start}
ROUND_THE_DEADLINE = {name for name in WHEN if name != "before the arrest"}


def test_every_type_of_event_has_letters_before_at_and_after_the_deadline() -> None:
    kinds = {short(event.model_fields["type"].default) for event in INBOUND_TYPES}
    assert VARIANTS.keys() == kinds
    for kind in kinds:
        assert {letter.when for letter in ALPHABET if letter.kind == kind} >= ROUND_THE_DEADLINE, kind


@pytest.mark.parametrize(
    ("profile", "begin"),
    [*((profile, "booked") for profile in PROFILES), ("ca-values-2018", "not booked first")],
)
def test_the_promises_hold_after_every_two_facts(profile: str, begin: str) -> None:
    enumeration = Enumeration(BEGINNINGS[begin](profile))
    enumeration.add_fact()
    enumeration.add_fact()
    enumeration.end()
    assert enumeration.sequences.total() == len(ALPHABET) ** 2
    assert 1_000 < enumeration.points < enumeration.sequences.total()


def walks(profile: str, begin: str, facts: int) -> Iterator[list[Letter]]:
    """Some sequences of so many facts, the booking somewhere among them; the same at every run."""
    seeded = Random(f"{profile} {begin} {facts}")
    for _ in range(WALKS):
        walk = seeded.choices(ALPHABET, k=facts)
        if begin != "booked":
            walk[seeded.randrange(facts)] = BOOKED
        yield walk


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("begin", BEGINNINGS)
@pytest.mark.parametrize("facts", [3, 4])
def test_sequences_played_whole_keep_the_promises_and_end_where_their_points_do(
    profile: str, begin: str, facts: int
) -> None:
    """What a point leaves out of a record changes nothing that follows."""
    for walk in walks(profile, begin, facts):
        whole = World(BEGINNINGS[begin](profile))
        key = write_point(whole.point)
        for letter in walk:
            whole.step(letter)
            whole.forget_events()
            leaner = World(read_point(key))
            leaner.step(letter)
            key = write_point(leaner.point)
        assert write_point(whole.point) == key, [letter.name for letter in walk]
        ends_well(whole.point)


@pytest.mark.parametrize("plant", PLANTED)
def test_a_planted_bug_is_found_within_two_facts(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = PLANTED[plant]
    enumeration = Enumeration(planted.begin(planted.profile))
    plant(monkeypatch)
    with pytest.raises(BrokenPromiseError, match=planted.promise):
        for _ in range(2):
            enumeration.add_fact()


def test_the_soak_says_what_it_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--facts", "1", "--unbooked", "1", "--profile", PROFILES[0], "--processes", "1"]) == 0
    letters = len(ALPHABET)
    counted = capsys.readouterr().out
    assert f"{letters} letters, 1 at work" in counted
    assert counted.count(f": {letters} sequences of 1 facts by {letters} transitions") == 2


@pytest.mark.parametrize("facts", ["-1", "four", ""])
def test_a_soak_of_no_number_of_facts_is_refused(facts: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([f"--facts={facts}"])
    assert "a number, 0 or more" in capsys.readouterr().err
