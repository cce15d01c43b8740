"""The law page says what the code does: it is generated, and what it points at exists."""

import ast
import re
import tomllib
from typing import Final

import pytest

from ops.pages import law as law_page
from ops.pages.law_clauses import CLAUSES, POLICY_TESTS, Clause
from tests.support.repository import ROOT
from worker.law.jurisdiction import Jurisdiction, jurisdictions, limits, never_enabled
from worker.law.profiles import load_profile, profile_names

PAGE: Final = (ROOT / "ops/docs/LAW.md").read_text(encoding="utf-8")

clause = pytest.mark.parametrize("clause", CLAUSES, ids=[f"clause {clause.number}" for clause in CLAUSES])


def names_in(path: str) -> set[str]:
    """What a Python file defines, or every word of another file."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if not path.endswith(".py"):
        return set(re.findall(r"\w+", text))
    definitions = ast.FunctionDef | ast.ClassDef
    return {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, definitions)}


def test_the_page_is_what_the_rules_give() -> None:
    assert law_page.page() == PAGE, "the law or a source changed: run `python -m ops.pages.law`"


def test_the_picture_is_what_the_rules_give() -> None:
    drawn = law_page.PICTURE.read_text(encoding="utf-8")
    assert law_page.picture() == drawn, "run `python -m ops.pages.law`"


@pytest.mark.parametrize("name", [*limits(), *never_enabled()])
def test_every_limit_has_its_section(name: str) -> None:
    assert f"### `{name}`" in PAGE


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_has_its_column(name: str) -> None:
    (heads,) = re.findall(r"## The profiles, side by side\n\n(.*)\n", PAGE)
    assert f"`{name}`" in heads


def cells(row: str) -> list[str]:
    """The cells of a row of the profiles' table, in the order of their dates."""
    (found,) = re.findall(rf"^\| {re.escape(row)} \| (.*) \|$", PAGE, re.MULTILINE)
    return found.split(" | ")


@pytest.mark.parametrize("column", range(len(profile_names())))
def test_every_profile_says_what_it_takes_from_which_jurisdiction(column: int) -> None:
    name = (
        re.findall(r"## The profiles, side by side\n\n\|  \| (.*) \|", PAGE)[0]
        .split(" | ")[column]
        .strip("`")
    )
    file = tomllib.loads(load_profile(name).content)
    assert cells("court calendar")[column] == f"`{file['calendar']}`"
    assert cells("list of violent felonies")[column] == f"`{file['violent_felonies']}`"
    words = file["qualification"]
    for row, use in (("the date", "release_date"), ("a hand-over", "handover")):
        shown = cells(f"words of `qualification` that allow {row}")[column]
        assert shown == (", ".join(f"`{word}`" for word in words[use]) or "none")
    shipping = [
        one.name for one in jurisdictions() if one.profiles and (one.profiles / f"{name}.toml").is_file()
    ]
    assert cells("jurisdiction")[column] == f"`{shipping[0]}`"


@pytest.mark.parametrize("jurisdiction", jurisdictions(), ids=lambda one: one.name)
def test_every_limit_says_its_jurisdiction(jurisdiction: Jurisdiction) -> None:
    for name in (*(limit.name for limit in jurisdiction.limits), *jurisdiction.never_enabled):
        (section,) = re.findall(rf"^### `{name}`.*?(?=^##)", PAGE, re.MULTILINE | re.DOTALL)
        assert f"- jurisdiction: `{jurisdiction.name}`\n" in section


def test_the_page_says_that_it_is_no_legal_advice() -> None:
    assert "This is no legal advice" in PAGE


def test_the_policy_has_its_nine_clauses() -> None:
    assert [clause.number for clause in CLAUSES] == list(range(1, 10))


@clause
def test_the_place_that_enforces_a_clause_exists(clause: Clause) -> None:
    assert clause.enforced
    for place in clause.enforced:
        path, name = place.split(": ")
        assert name in names_in(path), place


@clause
def test_the_test_that_proves_a_clause_exists_and_is_named_for_it(clause: Clause) -> None:
    assert clause.proved
    assert set(clause.proved) <= names_in(POLICY_TESTS)
    assert all(test.startswith(f"test_clause_{clause.number}_") for test in clause.proved)


def test_every_test_of_a_clause_is_on_the_page() -> None:
    written = {name for name in names_in(POLICY_TESTS) if name.startswith("test_clause_")}
    assert written == {test for clause in CLAUSES for test in clause.proved}
