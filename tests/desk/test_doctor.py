"""What `custody doctor` finds, where no server is needed to see it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from worker.clock import SystemClock
from worker.desk.doctor import setup
from worker.desk.doctor.finding import Verdict
from worker.desk.doctor.installation import Installation


def installation(profile: str) -> Installation:
    """An installation of which only the profile can be looked at."""
    nothing = cast(Any, None)
    path = Path("notices.jsonl")
    return Installation(
        client=nothing,
        profile_name=profile,
        routing_file=None,
        check_routes=nothing,
        notices_file=path,
        data_dir=path.parent,
        unknown_settings={},
        probe_broker=nothing,
        open_store=nothing,
    )


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (datetime(2017, 1, 1, 7, 59, tzinfo=UTC), "ok"),
        (datetime(2017, 1, 1, 8, 0, tzinfo=UTC), "warning"),
    ],
    ids=["the last minute of 2016 in Los Angeles", "the first minute of 2017"],
)
def test_a_profile_ends_with_its_last_local_day(
    monkeypatch: pytest.MonkeyPatch, now: datetime, verdict: Verdict
) -> None:
    monkeypatch.setattr(SystemClock, "now", lambda _self: now)
    assert setup.profile(installation("lapd-2016-11")).verdict == verdict
