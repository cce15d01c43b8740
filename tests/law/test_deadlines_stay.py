"""No deadline of a shipped profile moves: 300 arrests whose deadlines were computed once and kept.

`deadlines.csv` was written by the law as one package, before it was divided by jurisdiction. The arrests are
of 1990 to 2060, many of them near holidays, changes of clocks and hours at which a rule turns.
"""

import csv
from pathlib import Path

import pytest

from events.instants import format_instant, parse_instant
from tests.support.law_vectors import PROFILES
from worker.law.arrest import Arrest, ArrestKind
from worker.law.deadline import explain, governing
from worker.law.profiles import load_profile

with Path(__file__).with_name("deadlines.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))

KINDS: dict[str, ArrestKind] = {"warrantless": "warrantless", "warrant": "warrant"}


def test_the_table_is_whole() -> None:
    assert len(ROWS) == 300
    assert {row["arrest_kind"] for row in ROWS} == set(KINDS)
    assert {row["probable_cause"] for row in ROWS} == {"found", "not_found"}


@pytest.mark.parametrize("name", PROFILES)
def test_the_deadlines_are_those_computed_before(name: str) -> None:
    profile = load_profile(name)
    moved = []
    for row in ROWS:
        arrest = Arrest(
            parse_instant(row["arrested_at"]), parse_instant(row["booked_at"]), KINDS[row["arrest_kind"]]
        )
        found = row["probable_cause"] == "found"
        decided = governing(arrest, profile, probable_cause_found=found)
        kept = (row[f"{name} limit"], parse_instant(row[f"{name} deadline"]))
        if (decided.limit, decided.deadline) != kept:
            moved.append((row["arrested_at"], kept, decided.limit, format_instant(decided.deadline)))
        explained = explain(arrest, profile, probable_cause_found=found)
        assert (explained.governing, explained.deadline) == (decided.limit, decided.deadline)
    assert moved == []
