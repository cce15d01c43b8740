"""The picture of an explanation: a well-formed drawing, labelled in words."""

from pathlib import Path
from xml.parsers import expat

import pytest
from hypothesis import given, settings

from tests.support.law_vectors import PROFILES, arrested, arrests
from worker.desk.limits_picture import svg
from worker.law.arrest import Arrest
from worker.law.deadline import explain
from worker.law.profiles import load_profile


class Drawing:
    """The texts of a drawing, and the boxes of its shapes."""

    def __init__(self, document: str) -> None:
        self.texts: list[str] = []
        self.boxes: list[tuple[float, float]] = []
        self.width = 0.0
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.CharacterDataHandler = self._characters
        parser.Parse(document, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.texts.append("")
        if name == "svg":
            self.width = float(attributes["width"])
        elif name == "rect":
            left = float(attributes.get("x", 0))
            self.boxes.append((left, left + float(attributes["width"])))

    def _characters(self, text: str) -> None:
        self.texts[-1] += text

    def says(self, words: str) -> bool:
        return any(words in text for text in self.texts)


def test_every_limit_is_drawn_with_its_name_and_the_time_at_which_it_expires() -> None:
    drawing = Drawing(svg(explain(arrested("2016-11-23 18:00"), load_profile("ca-values-2018"))))
    for words in (
        "48 hours for probable cause",
        "arraignment limit, § 825",
        "second court day",
        "96-hour limit of the jail",
        "Fri 2016-11-25 18:00 PST",
        "Tue 2016-11-29 16:30 PST",
        "Tue 2016-11-29 18:00 PST",
    ):
        assert drawing.says(words), words


def test_the_one_that_governs_is_named_with_the_deadline() -> None:
    drawing = Drawing(svg(explain(arrested("2016-11-23 18:00"), load_profile("lapd-2016-11"))))
    assert drawing.says("release by Sat 2016-11-26 18:00 PST (72-hour limit)")
    assert drawing.says("72-hour limit expires first, 48 h before 48 court hours.")


def test_sundays_and_holidays_are_named() -> None:
    drawing = Drawing(svg(explain(arrested("2019-07-03 16:31"), load_profile("ca-values-2018"))))
    assert drawing.says("Independence Day")
    assert drawing.says("Sunday")


def test_a_closure_cannot_put_markup_into_the_picture(tmp_path: Path) -> None:
    closures = tmp_path / "closures.csv"
    closures.write_text("date,name\n2016-11-15,<script>&\n", encoding="utf-8")
    profile = load_profile("lapd-2016-11", extra_closures=closures)
    drawn = svg(explain(arrested("2016-11-14 10:00"), profile))
    assert "<script>" not in drawn
    assert Drawing(drawn).says("<script>&")


def test_a_session_that_the_wednesday_rule_cuts_off_is_not_drawn_beyond_the_picture() -> None:
    drawing = Drawing(svg(explain(arrested("2023-08-30 16:30:01"), load_profile("ca-values-2018"))))
    assert all(right <= drawing.width for _, right in drawing.boxes)


@pytest.mark.parametrize("name", PROFILES)
@settings(deadline=None, max_examples=30)
@given(arrests())
def test_every_picture_is_well_formed_and_stays_within_its_frame(name: str, arrest: Arrest) -> None:
    drawing = Drawing(svg(explain(arrest, load_profile(name))))
    assert drawing.boxes
    assert all(0 <= left <= right <= drawing.width for left, right in drawing.boxes)
