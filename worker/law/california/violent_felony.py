"""Which charges are on California's list of violent felonies by their statute alone.

The list is Cal. Penal Code § 667.5(c) as of 2016, with the renumberings since: § 288a became § 287 in 2019,
§ 262 was repealed in 2022; the old numbers still match. A false match would give a person less than the
policy promises, so a statute is listed only if every charge under it is on the list:

- A section is listed as a whole if all of it is on the list (robbery, § 211), otherwise by the subdivisions
  that are (arson, § 451(a) and (b)); the bare number of such a section does not match.
- Sections that only set a punishment or a degree (§§ 189, 190, 208, 213) are left out, except § 212.5, which
  divides robbery into degrees and is charged as robbery.
- Paragraphs that depend on facts beyond the statute never match: (7) punishable by death or life; (8) and
  (22) great bodily injury, and use of a firearm; (19) extortion and (20) threats to a witness for a gang;
  (21) burglary of a dwelling with another person present.
- An attempt is on the list for murder only, (12).
"""

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class ListedStatute:
    """A section of the Penal Code on the list, with the paragraph of § 667.5(c) that lists it.

    `subdivisions` are those on the list, each with all its parts; empty if the whole section is listed.
    """

    paragraph: int
    section: str
    subdivisions: tuple[str, ...] = ()

    def includes(self, subdivision: str) -> bool:
        """Whether a subdivision, as `(A)(2)`, is on the list; an empty one is the section as a whole."""
        return not self.subdivisions or subdivision.startswith(self.subdivisions)


_MURDER: Final = "187"

LISTED_STATUTES: Final = MappingProxyType(
    {
        listed.section: listed
        for listed in (
            ListedStatute(1, _MURDER),
            ListedStatute(1, "192", ("(A)",)),  # voluntary manslaughter
            ListedStatute(2, "203"),  # mayhem
            ListedStatute(2, "205"),  # aggravated mayhem
            ListedStatute(3, "261", ("(A)(2)", "(A)(6)")),  # rape by force or by threat
            ListedStatute(3, "262", ("(A)(1)", "(A)(4)")),  # of a spouse
            ListedStatute(4, "286", ("(C)", "(D)")),  # sodomy
            ListedStatute(5, "287", ("(C)", "(D)")),  # oral copulation
            ListedStatute(5, "288A", ("(C)", "(D)")),  # the number of § 287 until 2018
            ListedStatute(6, "288", ("(A)", "(B)")),  # lewd act on a child
            ListedStatute(9, "211"),  # robbery
            ListedStatute(9, "212.5"),
            ListedStatute(10, "451", ("(A)", "(B)")),  # arson
            ListedStatute(11, "289", ("(A)", "(J)")),  # sexual penetration
            ListedStatute(13, "18745"),  # explosives: intent to murder, injury, death or mayhem
            ListedStatute(13, "18750"),
            ListedStatute(13, "18755"),
            ListedStatute(14, "207"),  # kidnapping
            ListedStatute(14, "209"),
            ListedStatute(14, "209.5"),
            ListedStatute(15, "220"),  # assault with intent to commit a listed felony
            ListedStatute(16, "288.5"),  # continuous sexual abuse of a child
            ListedStatute(17, "215", ("(A)",)),  # carjacking
            ListedStatute(18, "264.1"),  # rape or penetration in concert
            ListedStatute(23, "11418", ("(B)", "(C)")),  # weapons of mass destruction
        )
    }
)
"""The statutes that are on the list, by section in upper case."""

_ATTEMPTED_MURDER: Final = 12
_CARJACKING: Final = "215"

# 211PC, 261(A)(2)PC, 288A(C)1PC: the last subdivision is sometimes written without its brackets.
_STATUTE = re.compile(r"(\d+(?:\.\d+)?[A-Z]?)((?:\([A-Z0-9]{1,3}\))*)(\d{0,2})PC", re.ASCII).fullmatch
_ATTEMPT = re.compile(r"A(?=\d)|664(?:\(A\))?[/-](?=\d)|(?<=[\d)])[/-]664(?:\(A\))?(?=PC$)", re.ASCII)


def violent_felony_paragraph(statute: str, level: str) -> int | None:
    """The paragraph of Cal. Penal Code § 667.5(c) that a charge falls under by its statute alone, or None.

    Case and spaces in the statute are ignored: `211PC`, `245(A)(1)PC`. An attempt is written with
    § 664, as `664/187(A)PC`, or with a leading A, as `A187(A)PC`. Only a felony can be on the list.
    """
    if level != "felony":
        return None
    normalised = "".join(statute.split()).upper()
    offence, attempts = _ATTEMPT.subn("", normalised)
    match = _STATUTE(offence)
    if match is None or attempts > 1:
        return None
    section, subdivision, last = match.groups()
    if attempts:
        return _ATTEMPTED_MURDER if section == _MURDER else None
    listed = LISTED_STATUTES.get(section)
    if listed is None:
        return None
    written = f"{subdivision}({last})" if last else subdivision
    # § 215 defines carjacking in its first subdivision only, so the bare number can mean nothing else.
    whole_is_listed = section == _CARJACKING and not written
    return listed.paragraph if whole_is_listed or listed.includes(written) else None


def is_violent_felony(statute: str, level: str) -> bool:
    """Whether a charge is on the violent-felony list, Cal. Penal Code § 667.5(c), by its statute alone."""
    return violent_felony_paragraph(statute, level) is not None
