"""The Los Angeles Police Department: limits and profile of its policy of 15 November 2016."""

from importlib.resources import files
from typing import Final

from worker.law.jurisdiction import Jurisdiction
from worker.law.lapd import cap_72h, court_48h

JURISDICTION: Final = Jurisdiction(
    name="lapd",
    limits=(court_48h.LIMIT, cap_72h.LIMIT),
    profiles=files("worker.law.lapd") / "profiles",
)
