"""Whatever arrives, in whatever order and however often, the promises hold after every single commit."""

import pytest
from hypothesis import given, settings

from events.testing import rules_of
from tests.support.event_scripts import Script, scripts, scripts_with_new_numbers
from tests.support.script_player import ScriptPlayer
from tests.support.tracked import PROFILES


@pytest.mark.parametrize("profile", PROFILES)
@given(script=scripts)
@settings(max_examples=200, deadline=None)
def test_the_promises_hold_after_every_commit(profile: str, script: Script) -> None:
    ScriptPlayer.play(script, rules_of(profile))


@pytest.mark.parametrize("profile", PROFILES)
@given(script=scripts_with_new_numbers)
@settings(max_examples=100, deadline=None)
def test_the_promises_hold_when_bookings_are_renumbered_and_merged(profile: str, script: Script) -> None:
    ScriptPlayer.play(script, rules_of(profile))
