"""Is this installation safe to rely on, and does it work? Asked of the running store and broker.

Each finding is the result of one small function in `CHECKS`. To add one, write the function in the file of
its concern, and name it here.
"""

from collections.abc import Sequence
from typing import Final

from worker.desk.doctor import group, kept, service, setup, store, waiting
from worker.desk.doctor.finding import Check, Finding, result_of
from worker.desk.doctor.installation import Installation

STORE_CHECKS: Final = (
    Check("store", store.version),
    Check("role", store.role),
    *(Check(setting.check, setting.examine) for setting in store.SETTINGS),
)
"""Those that a worker makes when it starts; it refuses a store that one of them finds unsafe."""

CHECKS: Final = (
    Check("worker", service.worker),
    Check("releases", service.releases),
    Check("timers", service.timers),
    Check("losses", kept.losses),
    Check("tails", kept.cut_tails),
    Check("identity", kept.identity),
    *STORE_CHECKS,
    Check("writes", store.writes),
    Check("group", group.group),
    Check("clock", store.clock),
    Check("broker", setup.broker),
    Check("routes", setup.routes),
    Check("profile", setup.profile),
    Check("settings", setup.settings),
    Check("rules", service.rules),
    Check("profiles", kept.profiles),
    Check("inbox", waiting.inbox),
    Check("notices", waiting.notices),
    Check("undelivered", waiting.undelivered_notices),
    Check("keys", waiting.keys),
    Check("rejects", waiting.rejected),
    Check("alarms", waiting.alarms),
)
"""All, the most important first."""


def examine(installation: Installation) -> list[Finding]:
    """Every finding, the most important first.

    Raises:
        redis.exceptions.RedisError: the store does not answer at all.
    """
    installation.client.ping()
    return findings(installation, CHECKS)


def findings(installation: Installation, checks: Sequence[Check]) -> list[Finding]:
    """What these checks find, in their order. A check that fails is itself a finding, and unsafe."""
    return [Finding(check.name, *result_of(check, installation)) for check in checks]
