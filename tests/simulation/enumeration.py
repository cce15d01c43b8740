"""Every sequence of so many facts, counted: sequences that meet in a point are played on from there once."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from tests.simulation.alphabet import ALPHABET
from tests.simulation.points import Point, read_point, write_point
from tests.simulation.sent import BrokenPromiseError
from tests.simulation.world import World, ends_well

CHUNK: Final = 200
"""Points that one process plays on at a time."""

Map: TypeAlias = Callable[[Callable[["Task"], "Played"], Iterable["Task"]], Iterable["Played"]]


class Task(NamedTuple):
    """Points to be played on, or only to the end."""

    points: Sequence[bytes]
    only_to_the_end: bool


class Played(NamedTuple):
    """What came of a task: the points reached, and for each point played the place in it of each letter's."""

    reached: list[bytes]
    places: list[Sequence[int]]
    broken: tuple[int, str, str] | None = None
    """Of a broken promise: the place of the point, the letter, and what was found."""


class Chunk:
    """Points that one process plays on, one after the other.

    Those that differ only in how long ago something happened are the same once time has passed until a letter
    arrives: that letter is then played once.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, str, str], bytes] = {}

    def successors(self, point: Point) -> Iterator[bytes]:
        """The point that each letter leads to.

        Raises:
            BrokenPromiseError: with the letter, and what was found.
        """
        advanced: dict[datetime, tuple[Point, bytes]] = {}
        for letter in ALPHABET:
            world = World(point)
            dated, arrival = world.dated(letter), world.arrives_at(letter)
            try:
                if arrival not in advanced:
                    world.advance(arrival)
                    advanced[arrival] = world.point, write_point(world.point)
                begin, key = advanced[arrival]
                said = (key, letter.variant.name, str(letter.says(dated)))
                if said not in self._known:
                    world = World(begin)
                    world.take(letter, dated)
                    self._known[said] = write_point(world.point)
            except AssertionError as error:
                raise BrokenPromiseError(letter.name, str(error) or repr(error)) from error
            yield self._known[said]


def play(task: Task) -> Played:
    """Play each point on by every letter, and each to its end."""
    reached: dict[bytes, int] = {}
    places: list[Sequence[int]] = []
    chunk = Chunk()
    for number, key in enumerate(task.points):
        point = read_point(key)
        try:
            ends_well(point)
            if not task.only_to_the_end:
                found = chunk.successors(point)
                places.append(array("l", [reached.setdefault(one, len(reached)) for one in found]))
        except BrokenPromiseError as error:
            letter, text = error.args if len(error.args) == 2 else ("nothing more", str(error))
            return Played([], [], (number, letter, text))
    return Played(list(reached), places)


class Enumeration:
    """Grows by one fact at a time.

    Attributes:
        sequences: of as many facts as were added: how many lead to each point.
        transitions: how many letters were played on how many points.
    """

    def __init__(self, start: Point, apply: Map = map) -> None:
        self._apply = apply
        self._keys: list[bytes] = []
        self._numbers: dict[bytes, int] = {}
        self._came_from: list[tuple[int, int]] = []
        self._successors: dict[int, Sequence[int]] = {}
        self._ended: set[int] = set()
        self.sequences: Counter[int] = Counter({self._number(write_point(start), (-1, 0)): 1})

    @property
    def points(self) -> int:
        """How many different points were reached."""
        return len(self._keys)

    @property
    def transitions(self) -> int:
        """How many letters were played on different points."""
        return sum(map(len, self._successors.values()))

    def add_fact(self, progress: Callable[[int], None] = lambda _points: None) -> None:
        """Play every letter on every point that was reached last.

        Raises:
            BrokenPromiseError: with the sequence that leads there.
        """
        fresh = self._fresh()
        for numbers, played in self._play(fresh, only_to_the_end=False):
            for number, places in zip(numbers, played.places, strict=True):
                into = (
                    self._number(played.reached[place], (number, letter))
                    for letter, place in enumerate(places)
                )
                self._successors[number] = array("l", into)
            progress(len(numbers))
        grown: Counter[int] = Counter()
        for number, count in self.sequences.items():
            for successor in self._successors[number]:
                grown[successor] += count
        self.sequences = grown

    def end(self, progress: Callable[[int], None] = lambda _points: None) -> None:
        """Play every point that was reached last to its end."""
        for numbers, _ in self._play(self._fresh(), only_to_the_end=True):
            progress(len(numbers))

    def point(self, number: int) -> Point:
        """The point with this number."""
        return read_point(self._keys[number])

    def _fresh(self) -> list[int]:
        """The points to be played on, those that are alike beside each other."""
        fresh = (number for number in self.sequences if number not in self._successors)
        return sorted(fresh, key=self._keys.__getitem__)

    def _play(self, numbers: list[int], *, only_to_the_end: bool) -> Iterator[tuple[list[int], Played]]:
        chunks = [numbers[start : start + CHUNK] for start in range(0, len(numbers), CHUNK)]
        tasks = (Task([self._keys[number] for number in chunk], only_to_the_end) for chunk in chunks)
        for chunk, played in zip(chunks, self._apply(play, tasks), strict=True):
            if played.broken is not None:
                place, letter, found = played.broken
                path = " > ".join([*self._path(chunk[place]), letter])
                raise BrokenPromiseError(f"after {path}: {found}")
            yield chunk, played

    def _number(self, key: bytes, came_from: tuple[int, int]) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self._keys)
            self._keys.append(key)
            self._came_from.append(came_from)
        return self._numbers[key]

    def _path(self, number: int) -> list[str]:
        path: list[str] = []
        while (came := self._came_from[number])[0] >= 0:
            number = came[0]
            path.insert(0, ALPHABET[came[1]].name)
        return path
