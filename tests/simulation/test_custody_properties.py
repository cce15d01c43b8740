"""Whatever arrives, in whatever order and however often, the promises hold after every single commit."""

import pytest
from custody.case import PROFILES, policy
from hypothesis import given, settings
from simulation.scripts import Script, scripts
from simulation.world import World


@pytest.mark.parametrize("profile", PROFILES)
@given(script=scripts)
@settings(max_examples=250, deadline=None)
def test_the_promises_hold_after_every_commit(profile: str, script: Script) -> None:
    World.play(script, policy(profile))
