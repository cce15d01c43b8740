"""What an address of the board asks for."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

_SMALLEST_INCHES = 32
_LARGEST_INCHES = 110
"""A smaller wall has no room for a row at the size that is read from 3 m."""


@dataclass(frozen=True, slots=True)
class Screen:
    """One kind of screen: viewers of the same kind are shown the same.

    Attributes:
        facility: the only one whose people it shows; None for all.
        wall: the diagonal of a wall's screen in inches; None for a desk or a phone.
        is_whole: whether it shows everybody, on one long page.
    """

    facility: str | None = None
    wall: int | None = None
    is_whole: bool = False

    @classmethod
    def asked(cls, facility: str | None, wall: int | None, is_whole: bool) -> Self:
        """From a query; a wall of a size that is not made is one of the nearest size that is."""
        inches = None if wall is None else min(max(wall, _SMALLEST_INCHES), _LARGEST_INCHES)
        return cls(facility or None, inches, is_whole=is_whole and inches is None)

    def href(self, path: str = "/") -> str:
        """The address of this kind of screen."""
        given = [f"facility={quote(self.facility, safe='')}"] if self.facility is not None else []
        given += [f"wall={self.wall}"] if self.wall is not None else []
        given += ["all=1"] if self.is_whole else []
        return f"{path}?{'&'.join(given)}" if given else path
