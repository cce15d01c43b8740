"""The limits, one file each, and the list of those that a profile may enable."""

from types import MappingProxyType
from typing import Final

from worker.law.limit import Limit
from worker.law.limits import (
    cap_72h,
    court_48h,
    detainer_48h,
    pc_825,
    pc_determination_48h,
    second_court_day,
    type1_96h,
)

LIMITS: Final = MappingProxyType(
    {
        limit.name: limit
        for limit in (
            court_48h.LIMIT,
            cap_72h.LIMIT,
            pc_determination_48h.LIMIT,
            pc_825.LIMIT,
            second_court_day.LIMIT,
            type1_96h.LIMIT,
        )
    }
)
"""Every limit that a profile may enable, by name."""

NEVER_ENABLED: Final = MappingProxyType({detainer_48h.NAME: detainer_48h.WHY_NEVER_ENABLED})
"""Limits that no profile may enable, with the reason."""

__all__ = ["LIMITS", "NEVER_ENABLED", "Limit"]
