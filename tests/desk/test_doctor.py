"""What `custody doctor` finds, where no server is needed to see it."""

from datetime import UTC, datetime

import pytest

from worker.clock import SystemClock
from worker.desk.doctor import Verdict, _profile


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
    assert _profile("lapd-2016-11").verdict == verdict
