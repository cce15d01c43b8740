"""Profiles: dated, strict, and what each of the shipped ones decides."""

import hashlib
import re
from collections.abc import Callable
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.law_vectors import PROFILES, arrested
from worker.law.deadline import governing
from worker.law.errors import ProfileError
from worker.law.jurisdiction import limits, shipped_profiles
from worker.law.profiles import load_profile, profile_names, restore_profile

SiteFile = Callable[..., str]


def shipped_text(name: str) -> str:
    return shipped_profiles()[name].read_text(encoding="utf-8")


@pytest.fixture
def site_file(tmp_path: Path) -> SiteFile:
    """Writes a site's own profile: the first shipped one under another name, with replacements."""

    def write(**replaced: str) -> str:
        text = shipped_text("lapd-2016-11").replace('name = "lapd-2016-11"', 'name = "our-town"', 1)
        for key, line in replaced.items():
            text, count = re.subn(rf"^{key} = .*$", line, text, count=1, flags=re.MULTILINE)
            assert count == 1
        path = tmp_path / "our-town.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_the_shipped_profiles_follow_each_other_without_gap_or_overlap() -> None:
    line = sorted((load_profile(name) for name in profile_names()), key=lambda profile: profile.in_force_from)
    assert tuple(profile.name for profile in line) == PROFILES
    for profile, following in pairwise(line):
        assert profile.in_force_until is not None
        assert following.in_force_from == profile.in_force_until + timedelta(days=1)
        assert profile.successor == following.name
    assert (line[-1].in_force_until, line[-1].successor) == (None, None)


@pytest.mark.parametrize("name", PROFILES)
def test_a_shipped_profile_is_named_as_its_file_and_known_by_the_hash_of_its_bytes(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert profile.content_hash == hashlib.sha256(shipped_text(name).encode()).hexdigest()
    assert load_profile(name) is profile


@pytest.mark.parametrize("name", PROFILES)
def test_every_limit_of_a_shipped_profile_is_in_force_on_its_first_day(name: str) -> None:
    profile = load_profile(name)
    for limit in profile.limits:
        assert limit.in_force_from <= profile.in_force_from
        assert limit.in_force_until is None


def test_the_shipped_profiles_enable_the_limits_in_their_order() -> None:
    enabled = {name: tuple(limit.name for limit in load_profile(name).limits) for name in PROFILES}
    assert enabled == {
        "lapd-2016-11": ("court_48h", "cap_72h"),
        "ca-truth-2017": ("court_48h", "cap_72h"),
        "ca-values-2018": ("pc_determination_48h", "pc_825", "second_court_day", "type1_96h"),
    }


def test_the_shipped_profiles_say_who_is_notified_of_what() -> None:
    decided = {
        name: (
            notices.serve_request_on_person,
            notices.twin_of_release_date,
            notices.release_date_needs,
            notices.handover_needs,
            notices.active_assistance,
        )
        for name, notices in ((name, load_profile(name).notices) for name in PROFILES)
    }
    assert decided == {
        "lapd-2016-11": (False, False, "contact", "custody", True),
        "ca-truth-2017": (True, True, "contact", "custody", True),
        "ca-values-2018": (True, True, "public_or_qualification", "judicial_or_conviction", False),
    }
    assert not any(load_profile(name).release_dates_public for name in PROFILES)


@pytest.mark.parametrize("name", PROFILES)
def test_court_sits_from_half_past_eight_to_half_past_four_unless_a_profile_says_otherwise(name: str) -> None:
    profile = load_profile(name)
    assert (profile.session_opens, profile.session_closes) == (time(8, 30), time(16, 30))
    assert profile.calendar.zone.key == "America/Los_Angeles"


def test_a_profile_out_of_its_dates_says_so_and_names_its_successor() -> None:
    profile = load_profile("lapd-2016-11")
    assert profile.out_of_dates(date(2016, 11, 15)) is None
    assert profile.out_of_dates(date(2016, 12, 31)) is None
    after = profile.out_of_dates(date(2017, 1, 1))
    before = profile.out_of_dates(date(2016, 11, 14))
    assert after is not None and "ca-truth-2017" in after and "2016-12-31" in after
    assert before is not None and "2016-11-15" in before
    assert load_profile("ca-values-2018").out_of_dates(date(9999, 12, 31)) is None


def test_an_unknown_profile_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ProfileError) as refused:
        load_profile("lapd-2015")
    assert all(name in str(refused.value) for name in PROFILES)


def test_a_site_may_use_a_profile_of_its_own_with_closures_beside_it(site_file: SiteFile) -> None:
    path = site_file(
        limits='limits = ["second_court_day", "cap_72h"]\nextra_closures = "closures.csv"',
        closes="closes = 17:00:00",
    )
    Path(path).with_name("closures.csv").write_text("date,name\n2016-11-15,Flooded\n", encoding="utf-8")
    profile = load_profile(path)
    assert profile.name == "our-town"
    assert [limit.name for limit in profile.limits] == ["second_court_day", "cap_72h"]
    assert profile.session_closes == time(17, 0)
    assert profile.calendar.holiday_on(date(2016, 11, 15)) == "Flooded"


@pytest.mark.parametrize(
    ("replaced", "complaint"),
    [
        ({"version": "version = 1\nversoin = 2"}, "versoin"),
        ({"version": 'version = "1"'}, "version"),
        ({"active_assistance": "actve_assistance = true"}, "actve_assistance"),
        ({"handover_needs": 'handover_needs = "a nod"'}, "handover_needs"),
        ({"limits": 'limits = ["court_48"]'}, "court_48h, cap_72h"),
        ({"limits": "limits = []"}, "limits"),
        ({"limits": 'limits = ["cap_72h", "cap_72h"]'}, "listed twice"),
        ({"limits": 'limits = ["cap_72h", "detainer_48h"]'}, "detainer_48h"),
        ({"limits": 'limits = ["pc_determination_48h"]'}, "every arrest"),
        ({"time_zone": 'time_zone = "America/Los_Angelos"'}, "America/Los_Angelos"),
        ({"time_zone": 'time_zone = "../etc/passwd"'}, "no time zone"),
        ({"closes": "closes = 08:30:00"}, "opens before it closes"),
        ({"closes": "closes = 16:30:00.5"}, "whole seconds"),
        ({"in_force_until": "in_force_until = 2016-11-14"}, "in_force_until"),
        ({"source": "source = nonsense"}, "TOML"),
        ({"name": 'name = "ca-truth-2017"'}, "shipped profile"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_profile_with_a_mistake_is_refused(
    site_file: SiteFile, replaced: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ProfileError, match=re.escape(complaint)):
        load_profile(site_file(**replaced))


def test_an_unchanged_copy_of_a_shipped_profile_may_keep_its_name(tmp_path: Path) -> None:
    copy = tmp_path / "copy.toml"
    copy.write_text(shipped_text("ca-values-2018"), encoding="utf-8")
    assert load_profile(str(copy)).content_hash == load_profile("ca-values-2018").content_hash


def test_a_profile_restored_from_what_was_kept_decides_as_it_did_then(tmp_path: Path) -> None:
    closures = tmp_path / "closures.csv"
    closures.write_text("date,name\n2016-11-15,Flooded\n", encoding="utf-8")
    used = load_profile("lapd-2016-11", extra_closures=closures)
    restored = restore_profile(used.content, used.closures.days)
    assert (restored.name, restored.fingerprint) == (used.name, used.fingerprint)
    arrest = arrested("2016-11-14 10:00")
    assert governing(arrest, restored, probable_cause_found=False) == governing(
        arrest, used, probable_cause_found=False
    )
    assert restored.calendar.holiday_on(date(2016, 11, 15)) == "Flooded"


def test_extra_closures_make_other_rules_of_a_profile() -> None:
    plain = load_profile("lapd-2016-11")
    closed = restore_profile(plain.content, {date(2016, 11, 15): "Flooded"})
    assert plain.content_hash == closed.content_hash
    assert plain.fingerprint != closed.fingerprint


def test_a_kept_profile_that_cannot_be_used_any_more_is_refused() -> None:
    with pytest.raises(ProfileError, match="kept with the records"):
        restore_profile('name = "lapd-2016-11"', {})


def test_only_the_finding_of_probable_cause_is_awaited_and_only_without_a_warrant() -> None:
    assert [limit.name for limit in limits().values() if limit.awaits_probable_cause] == [
        "pc_determination_48h"
    ]
    values = load_profile("ca-values-2018")
    statutory = ["pc_825", "second_court_day", "type1_96h"]
    on_warrant = values.applicable("warrant", probable_cause_found=False)
    found = values.applicable("warrantless", probable_cause_found=True)
    assert [limit.name for limit in on_warrant] == [limit.name for limit in found] == statutory
