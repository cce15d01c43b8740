"""`custody explain`: any arrest, at once, without a store."""

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from events.instants import parse_instant
from tests.law import texas
from tests.support.bookings import PROFILE
from tests.support.terminal import ROOT, custody
from worker.law.arrest import Arrest
from worker.law.deadline import explain
from worker.law.profiles import load_profile

FRIDAY = "2016-11-18T10:00:00-08:00"
ANSWER_WITHIN_SECONDS = 20.0


def answers(*lines: bytes | dict[str, Any], **settings: str) -> list[dict[str, Any]]:
    """What `custody explain -` answers to these lines."""
    text = b"\n".join(json.dumps(line).encode() if isinstance(line, dict) else line for line in lines)
    asked = custody("explain", "-", stdin=text + b"\n", **settings)
    assert (asked.status, asked.err) == (0, "")
    return [json.loads(line) for line in asked.out.splitlines()]


def test_the_json_document_names_every_limit_its_citation_and_which_governs() -> None:
    sent = custody("explain", "--arrested-at", FRIDAY, "--json").document
    assert {"profile", "arrested_at", "booked_at", "limits", "governing", "deadline"} <= set(sent)
    assert (sent["profile"], sent["arrested_at"]) == ("lapd-2016-11", "2016-11-18T18:00:00.000Z")
    assert sent["booked_at"] == sent["arrested_at"]
    for limit in sent["limits"]:
        assert {"name", "citation", "expires_at", "steps"} <= set(limit)
        assert limit["citation"]
        assert all(isinstance(step, str) for step in limit["steps"])
    [governs] = [limit for limit in sent["limits"] if limit["name"] == sent["governing"]]
    assert sent["deadline"] == governs["expires_at"] == min(limit["expires_at"] for limit in sent["limits"])


def test_every_option_reaches_the_law() -> None:
    words = ("--booked-at", "2016-11-18T11:00:00-08:00", "--arrest-kind", "warrant", "--profile", PROFILE)
    sent = custody("explain", "--arrested-at", FRIDAY, *words, "--json").document
    assert sent["profile"] == "seventy-two-hours"
    assert sent["booked_at"] == "2016-11-18T19:00:00.000Z"
    assert sent["arrest_kind"] == "warrant"
    assert sent["deadline"] == "2016-11-21T18:00:00.000Z"


def test_the_profile_set_for_the_site_is_the_one_used_if_none_is_named() -> None:
    assert custody("explain", "--arrested-at", FRIDAY, "--json", profile=PROFILE).document["profile"] == (
        "seventy-two-hours"
    )


@pytest.mark.parametrize(
    "instant", ["1970-01-01T00:00:00Z", "2016-02-29T23:59:59.999999-08:00", "2199-12-31T00:00:00Z"]
)
def test_any_instant_past_or_future_is_explained(instant: str) -> None:
    assert custody("explain", "--arrested-at", instant, "--json").document["deadline"]


def test_a_person_reads_a_table_and_that_it_is_no_legal_advice() -> None:
    sent = custody("explain", "--arrested-at", FRIDAY)
    assert sent.status == 0
    assert "governs" in sent.out.decode()
    assert "Deadline" in sent.out.decode()
    assert "This is no legal advice." in sent.err


def test_a_booking_before_the_arrest_is_one_line() -> None:
    asked = custody("explain", "--arrested-at", FRIDAY, "--booked-at", "2016-11-18T09:59:59-08:00")
    assert asked.status == 1
    assert "booked_at is before arrested_at" in asked.complaint


def test_each_line_gets_one_answer_in_order() -> None:
    sent = answers(
        {"arrested_at": FRIDAY},
        b"",
        {"arrested_at": FRIDAY, "booked_at": None, "arrest_kind": "warrant", "profile": "ca-values-2018"},
        b"{",
        {"arrested_at": FRIDAY, "profile": PROFILE},
    )
    assert [line.get("profile", "error" in line) for line in sent] == [
        "lapd-2016-11",
        "ca-values-2018",
        True,
        "seventy-two-hours",
    ]
    arrest = custody("explain", "--arrested-at", FRIDAY, "--json").document
    assert sent[0] == arrest


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (b"garbage", "JSON"),
        (b'"\xff"', "JSON"),
        (b"[]", "object"),
        (b"{}", "arrested_at"),
        ({"arrested_at": 5}, "RFC 3339"),
        ({"arrested_at": "2016-11-18T10:00:00"}, "offset"),
        ({"arrested_at": "2016-02-30T10:00:00Z"}, "no such date"),
        ({"arrested_at": "9999-12-31T23:59:59Z"}, "9999"),
        ({"arrested_at": FRIDAY, "booked_at": ""}, "RFC 3339"),
        ({"arrested_at": FRIDAY, "booked_at": "2016-11-17T10:00:00-08:00"}, "before arrested_at"),
        ({"arrested_at": FRIDAY, "arrest_kind": "citizen"}, "arrest_kind"),
        ({"arrested_at": FRIDAY, "arrest_kind": []}, "arrest_kind"),
        ({"arrested_at": FRIDAY, "profile": "nowhere"}, "lapd-2016-11"),
        ({"arrested_at": FRIDAY, "profile": {}}, "profile"),
        ({"arrested_at": FRIDAY, "birthplace": "x"}, "nothing else"),
    ],
)
def test_a_bad_line_is_answered_with_its_error_and_the_next_is_answered_all_the_same(
    line: bytes | dict[str, Any], named: str
) -> None:
    bad, good = answers(line, {"arrested_at": FRIDAY})
    assert list(bad) == ["error"]
    assert named in bad["error"]
    assert "deadline" in good


def test_a_program_may_ask_line_by_line_and_waits_for_no_more_than_its_answer() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "worker", "explain", "-"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    ) as asked:
        assert asked.stdin
        assert asked.stdout
        for _ in range(2):
            asked.stdin.write(json.dumps({"arrested_at": FRIDAY}).encode() + b"\n")
            answered, _, _ = select.select([asked.stdout], [], [], ANSWER_WITHIN_SECONDS)
            assert answered, "no answer until standard input is closed"
            assert json.loads(asked.stdout.readline())["governing"]


def test_what_the_command_says_is_what_the_law_says() -> None:
    at = parse_instant(FRIDAY)
    profile = load_profile("lapd-2016-11")
    said = custody("explain", "--arrested-at", FRIDAY, "--json").document
    said.pop("warning", None)
    assert said == explain(Arrest(at, at, "warrantless"), profile).to_document()


def test_the_warning_is_about_the_day_of_the_arrest_and_not_about_today() -> None:
    assert "Note:" not in custody("explain", "--arrested-at", FRIDAY).err
    assert "warning" not in custody("explain", "--arrested-at", FRIDAY, "--json").document
    late = ("explain", "--arrested-at", "2017-01-01T08:00:00Z")
    assert "Note: Profile lapd-2016-11 was in force until 2016-12-31" in custody(*late).err
    assert "ca-truth-2017" in custody(*late, "--json").document["warning"]
    assert "Note:" not in custody("explain", "--arrested-at", "2017-01-01T07:59:59Z").err
    [answer] = answers({"arrested_at": "2017-01-01T08:00:00Z"})
    assert "ca-truth-2017" in answer["warning"]


def test_a_limit_that_does_not_apply_is_named_with_the_reason() -> None:
    words = ("--arrest-kind", "warrant", "--profile", "ca-values-2018")
    shown = custody("explain", "--arrested-at", FRIDAY, *words).out.decode()
    assert "Not applicable: 48 hours for probable cause (applies only to an arrest without" in shown


def test_a_strangers_profile_is_refused_in_one_line_until_it_has_a_calendar(tmp_path: Path) -> None:
    profile = tmp_path / "texas.toml"
    profile.write_text(texas.PROFILE.replace(texas.CALENDAR_FILE, ""), encoding="utf-8")
    asked = ("explain", "--profile", str(profile), "--arrested-at", "2026-03-30T10:00:00-05:00")
    refused = custody(*asked)
    assert refused.status == 1
    assert 'add calendar_file = "holidays.csv"' in refused.complaint
    # A profile is read once a process, so the corrected one gets another name.
    profile = tmp_path / "corrected.toml"
    profile.write_text(texas.PROFILE, encoding="utf-8")
    (tmp_path / "holidays.csv").write_text(texas.HOLIDAYS, encoding="utf-8")
    shown = custody("explain", "--profile", str(profile), *asked[3:])
    assert (shown.status, shown.err) == (0, "This is no legal advice.\n")
    assert "Deadline Wed 01 Apr 2026 10:00:00 CDT: 48 court hours expires first" in shown.out.decode()


def test_a_list_of_holidays_that_ends_before_the_arrest_is_a_note(tmp_path: Path) -> None:
    profile = tmp_path / "texas.toml"
    profile.write_text(texas.PROFILE, encoding="utf-8")
    (tmp_path / "holidays.csv").write_text(texas.HOLIDAYS, encoding="utf-8")
    asked = custody("explain", "--profile", str(profile), "--arrested-at", "2028-03-30T10:00:00-05:00")
    assert "Note: Profile our-county lists no court holidays for 2028: add them" in asked.err
