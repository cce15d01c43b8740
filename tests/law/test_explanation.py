"""An explanation: every limit with its steps, which one governs, and why."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.support.law_vectors import PROFILES, arrested, arrests, la
from worker.law.arrest import Arrest
from worker.law.deadline import explain, governing
from worker.law.errors import LawError
from worker.law.jurisdiction import shipped_profiles
from worker.law.profiles import load_profile

POLICY = load_profile("lapd-2016-11")
VALUES = load_profile("ca-values-2018")
IN_MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z").fullmatch


def test_the_document_has_every_limit_in_the_profiles_order_and_the_one_that_governs() -> None:
    document = explain(arrested("2016-11-14 10:00"), POLICY).to_document()
    assert document["profile"] == "lapd-2016-11"
    assert document["arrested_at"] == document["booked_at"] == "2016-11-14T18:00:00.000Z"
    assert [limit["name"] for limit in document["limits"]] == ["court_48h", "cap_72h"]
    assert [limit["expires_at"] for limit in document["limits"]] == [
        "2016-11-16T18:00:00.000Z",
        "2016-11-17T18:00:00.000Z",
    ]
    assert (document["governing"], document["deadline"]) == ("court_48h", "2016-11-16T18:00:00.000Z")
    assert document["why"] == "court_48h expires first, 24 h before cap_72h."


def test_the_steps_name_each_stretch_that_is_counted_and_each_day_that_is_not() -> None:
    first = explain(arrested("2016-11-23 18:00"), POLICY).to_document()["limits"][0]
    assert first["steps"] == [
        "Wed 2016-11-23 18:00 PST to Thu 2016-11-24 00:00 PST: 6 h counted, 42 h left",
        "Thu 2016-11-24 not counted: Thanksgiving Day",
        "Fri 2016-11-25 not counted: the day after Thanksgiving",
        "Sat 2016-11-26 00:00 PST to Sun 2016-11-27 00:00 PST: 24 h counted, 18 h left",
        "Sun 2016-11-27 not counted: Sunday",
        "Mon 2016-11-28 00:00 PST to Mon 2016-11-28 18:00 PST: 18 h counted, the hours are used up",
    ]


def test_the_steps_show_which_clock_is_meant_when_clocks_change() -> None:
    steps = explain(arrested("2016-11-04 23:00"), POLICY).to_document()["limits"][1]["steps"]
    assert steps == [
        "Fri 2016-11-04 23:00 PDT to Mon 2016-11-07 22:00 PST: 72 h counted, the hours are used up"
    ]


def test_the_steps_say_how_hours_are_extended_to_a_session_and_capped_by_the_wednesday_rule() -> None:
    limits = explain(arrested("2019-07-03 16:31"), VALUES).to_document()["limits"]
    steps = next(limit["steps"] for limit in limits if limit["name"] == "pc_825")
    assert "Independence Day" in steps[1]
    assert "Mon 2019-07-08 16:30 PDT" in steps[-2]
    assert "Wednesday" in steps[-1] and "Fri 2019-07-05 16:30 PDT" in steps[-1]


def test_limits_that_expire_together_are_governed_by_the_one_listed_first() -> None:
    explanation = explain(arrested("2016-11-18 10:00"), POLICY)
    assert explanation.limits[0].expires_at == explanation.limits[1].expires_at
    assert explanation.governing == "court_48h"
    assert "listed first" in explanation.why() and "cap_72h" in explanation.why()


def test_limits_that_expire_in_the_same_millisecond_are_a_tie_and_the_one_listed_first_governs() -> None:
    """The hours of the facility end half a millisecond before the close of court, and are rounded up."""
    arrest = Arrest(la("2018-02-01 10:00"), la("2018-02-01 16:29:59.999500"), "warrant")
    explanation = explain(arrest, VALUES)
    assert {limit.expires_at for limit in explanation.limits} == {la("2018-02-05 16:30")}
    assert explanation.governing == "pc_825"
    assert governing(arrest, VALUES, probable_cause_found=False).limit == "pc_825"
    assert "type1_96h" in explanation.why()


def test_a_limit_that_does_not_bind_this_arrest_is_named_with_the_reason() -> None:
    on_warrant = explain(arrested("2018-02-06 10:00", kind="warrant"), VALUES).to_document()
    assert "pc_determination_48h" not in [limit["name"] for limit in on_warrant["limits"]]
    assert on_warrant["left_out"] == [
        {"name": "pc_determination_48h", "reason": "applies only to an arrest without a warrant"}
    ]


def test_a_finding_of_probable_cause_leaves_out_the_limit_that_awaits_it() -> None:
    arrest = arrested("2016-11-18 10:00")
    explanation = explain(arrest, VALUES, probable_cause_found=True)
    assert [left.name for left in explanation.left_out] == ["pc_determination_48h"]
    assert governing(arrest, VALUES, probable_cause_found=True).limit == explanation.governing == "pc_825"
    assert governing(arrest, VALUES, probable_cause_found=False).limit == "pc_determination_48h"


def test_the_only_limit_that_applies_says_that_it_is(tmp_path: Path) -> None:
    text = shipped_profiles()["ca-values-2018"].read_text(encoding="utf-8")
    text = text.replace('"ca-values-2018"', '"our-town"').replace('"second_court_day", "type1_96h"', "")
    path = tmp_path / "our-town.toml"
    path.write_text(text, encoding="utf-8")
    explanation = explain(arrested("2018-02-06 10:00", kind="warrant"), load_profile(str(path)))
    assert explanation.why() == "pc_825 is the only limit that applies."


def test_a_deadline_is_rounded_up_from_the_exact_arrest_although_the_arrest_is_shown_cut_off() -> None:
    document = explain(arrested("2016-11-14 10:00:00.000001"), POLICY).to_document()
    assert document["arrested_at"] == document["booked_at"] == "2016-11-14T18:00:00.000Z"
    assert document["deadline"] == "2016-11-16T18:00:00.001Z"


@pytest.mark.parametrize("name", PROFILES)
@settings(deadline=None)
@given(arrests())
def test_every_instant_of_a_document_is_utc_in_milliseconds_and_the_document_is_json(
    name: str, arrest: Arrest
) -> None:
    document = json.loads(json.dumps(explain(arrest, load_profile(name)).to_document()))
    keys = {"profile", "arrested_at", "booked_at", "limits", "governing", "deadline"}
    assert keys <= document.keys()
    assert all(IN_MILLISECONDS(document[key]) for key in ("arrested_at", "booked_at", "deadline"))
    for limit in document["limits"]:
        assert limit.keys() == {"name", "citation", "expires_at", "steps"}
        assert IN_MILLISECONDS(limit["expires_at"])
        assert limit["citation"] and limit["steps"]


def test_an_arrest_without_an_offset_is_refused() -> None:
    naive = la("2016-11-14 10:00").replace(tzinfo=None)
    with pytest.raises(LawError, match="arrested_at needs an offset"):
        Arrest(naive, la("2016-11-14 10:00"))


@pytest.mark.parametrize("kind", ["bench", "Warrant", "", None])
def test_an_unknown_kind_of_arrest_is_refused(kind: Any) -> None:
    with pytest.raises(LawError, match="warrantless"):
        Arrest(la("2016-11-14 10:00"), la("2016-11-14 10:00"), kind)
