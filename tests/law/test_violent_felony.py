"""Which charges are on the violent-felony list by their statute alone, Penal Code § 667.5(c)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.law.california.violent_felony import LISTED_STATUTES, is_violent_felony, violent_felony_paragraph


@pytest.mark.parametrize(
    ("paragraph", "statutes"),
    [
        (1, "187PC 187(A)PC 192(A)PC"),
        (2, "203PC 205PC"),
        (3, "261(A)(2)PC 261(A)(6)PC 262(A)(1)PC 262(A)(4)PC 261(A)2PC"),
        (4, "286(C)(1)PC 286(C)(2)(A)PC 286(D)PC"),
        (5, "287(C)(1)PC 287(D)PC 288A(C)(2)PC 288A(D)PC"),
        (6, "288(A)PC 288(B)(1)PC"),
        (9, "211PC 212.5(A)PC"),
        (10, "451(A)PC 451(B)PC"),
        (11, "289(A)(1)PC 289(J)PC"),
        (12, "664/187PC 664/187(A)PC 187(A)/664PC 664-187PC A187(A)PC"),
        (13, "18745PC 18750PC 18755PC"),
        (14, "207(A)PC 207PC 209(B)(1)PC 209.5(A)PC"),
        (15, "220PC 220(A)(1)PC 220(B)PC"),
        (16, "288.5(A)PC 288.5PC"),
        (17, "215PC 215(A)PC"),
        (18, "264.1PC 264.1(A)PC"),
        (23, "11418(B)(1)PC 11418(C)PC"),
    ],
)
def test_a_listed_statute_matches_with_its_paragraph(paragraph: int, statutes: str) -> None:
    for statute in statutes.split():
        assert violent_felony_paragraph(statute, "felony") == paragraph, statute


@pytest.mark.parametrize(
    ("reason", "statutes"),
    [
        (
            "other subdivisions of the section are not on the list",
            "451(D)PC 288(C)(1)PC 286(B)PC 289(B)PC 261(A)(3)PC",
        ),
        ("the section alone does not decide it", "192PC 261PC 286PC 288PC 288APC 289PC 451PC 11418PC"),
        ("a section with a similar number", "288A(B)(1)PC 261(A)(20)PC 2110PC 187.5PC 207.1PC 215(B)PC"),
        (
            "firearm use or great bodily injury must be proved",
            "245(A)(1)PC 245(A)(2)PC 12022.53PC 12022.7PC 243(D)PC",
        ),
        ("the punishment is a fact beyond the statute", "206PC 269PC 288.7PC 219PC"),
        ("a person must have been present", "459PC 460(A)PC 459PCRES"),
        ("a gang must have been served", "518PC 136.1(A)(1)PC 186.22(A)PC"),
        ("an attempt at anything but murder", "664/211PC A211PC 664/215PC A215(A)PC 664/207PC 211/664PC"),
        ("an attempt at nothing, or twice", "664PC A664/187PC 664/664/187PC 664/187/664PC"),
        ("another code, or none", "211HS 187VC 187 211 PC211 187(A)"),
        ("no statute at all", "PC A 664/ ROBBERY"),
    ],
)
def test_a_statute_does_not_match_because(reason: str, statutes: str) -> None:
    for statute in statutes.split():
        assert violent_felony_paragraph(statute, "felony") is None, f"{statute}: {reason}"


@pytest.mark.parametrize("written", ["187(a)pc", " 187 (A) PC ", "187(A)PC", "187\t(a) Pc"])
def test_case_and_spaces_do_not_matter(written: str) -> None:
    assert is_violent_felony(written, "felony")


@pytest.mark.parametrize("level", ["misdemeanor", "infraction", "other", "FELONY", ""])
def test_only_a_felony_is_on_the_list(level: str) -> None:
    assert not is_violent_felony("187(A)PC", level)


STATUTE_LIKE = st.text("0123456789ABC().-/ p", max_size=16).map(lambda text: f"{text}PC") | st.text(
    max_size=64
)


@given(STATUTE_LIKE)
def test_whatever_matches_has_the_number_of_a_listed_section_in_it(statute: str) -> None:
    if is_violent_felony(statute, "felony"):
        assert any(section in "".join(statute.split()).upper() for section in LISTED_STATUTES)
    assert not is_violent_felony(f"{statute}HS", "felony")
