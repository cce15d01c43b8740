"""Every alert has a page, and fires when it should and at no other time, by Prometheus' own checker."""

import re
import subprocess
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
import yaml

from tests.support.promtool import promtool
from tests.support.repository import ROOT
from worker.metrics_catalogue import METRICS

DIRECTORY: Final = ROOT / "ops/deploy/prometheus"
ALERTS: Final = DIRECTORY / "alerts.yml"
GROUPS: Final[list[dict[str, Any]]] = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
RULES: Final[dict[str, dict[str, Any]]] = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
SECONDS: Final = 5
LENGTH: Final = "x1200"
"""So many samples, one every `SECONDS`."""

Series = dict[str, str]


class Case(NamedTuple):
    """What Prometheus has scraped, and whether the alert fires then.

    Attributes:
        labels: of the alert that fires, beside its severity; None if it must be silent.
        value: as the summary shows it.
        after: when Prometheus is asked.
    """

    alert: str
    series: Series
    labels: dict[str, str] | None = None
    value: str = ""
    after: str = "20m"


def gauge(name: str, value: float, **labels: str) -> Series:
    shown = ",".join(f'{label}="{text}"' for label, text in labels.items())
    return {f"{name}{{{shown}}}" if shown else name: f"{value}+0{LENGTH}"}


def when_above(alert: str, name: str, limit: float, **labels: str) -> list[Case]:
    """It fires above a limit and not at it."""
    firing = Case(alert, gauge(name, limit + 1, **labels), labels, f"{limit + 1:g}")
    return [firing, Case(alert, gauge(name, limit, **labels))]


def lateness(within_60_s: str, all_of_them: str) -> Series:
    name = "custody_release_lateness_seconds"
    return {f'{name}_bucket{{le="60.0"}}': within_60_s, f"{name}_count": all_of_them}


BEAT: Final = "custody_pacemaker_beat_age_seconds"
DUE: Final = "custody_people_due_and_unreleased"
JAIL: Final = {"sink": "jail"}
UNREACHED: Final = {"sink": "jail", "state": "unreached"}

CASES: Final = [
    Case("PeopleDueAndUnreleased", gauge(DUE, 2), {}, "2", after="40s"),
    Case("PeopleDueAndUnreleased", gauge(DUE, 2), after="20s"),
    Case("PeopleDueAndUnreleased", {DUE: "1 1 0 1 1 1 0 0 1 1 1 1 0 1 1 0 0 0 0 0"}, after="1m"),
    Case("PeopleDueAndUnreleased", gauge(DUE, 0)),
    *when_above("PeopleHeldPastDeadline", "custody_people_held_past_deadline", 0),
    Case("PeopleHeldPastDeadline", gauge("custody_people_held_past_deadline", 1), after="10m"),
    Case("NoWorker", gauge(BEAT, 11, instance="board"), {"instance": "board"}),
    Case("NoWorker", gauge("custody_store_up", 1, instance="board"), {"instance": "board"}),
    Case("NoWorker", gauge(BEAT, 4, instance="board") | gauge("custody_store_up", 1, instance="board")),
    Case("NoWorker", gauge("custody_store_up", 0, instance="board")),
    Case("StoreDown", gauge("custody_store_up", 0), {}),
    Case("StoreDown", gauge("custody_store_up", 1)),
    Case("StoreTakesNoWrites", gauge("custody_store_takes_writes", 0), {}),
    Case("StoreTakesNoWrites", gauge("custody_store_takes_writes", 1)),
    Case("NothingIsSeen", gauge("up", 0, job="custody-board"), {}),
    Case("NothingIsSeen", {}, {}),
    Case("NothingIsSeen", gauge("up", 1, job="custody-board")),
    *when_above("RecordsUnreadable", "custody_records_unreadable", 0),
    *when_above("StoreHasLost", "custody_losses_unaccepted", 0),
    *when_above("EventsWait", "custody_inbox_oldest_seconds", 30),
    *when_above("InboxUnread", "custody_inboxes_unread", 0),
    Case("ReleasedLate", lateness(f"10+0{LENGTH}", f"10+1{LENGTH}"), {}),
    Case("ReleasedLate", lateness(f"10+1{LENGTH}", f"10+1{LENGTH}")),
    *when_above("PeopleNotDeparted", "custody_people_not_departed", 10),
    *when_above("NoticesNotDelivered", "custody_notices_oldest_seconds", 60, **UNREACHED),
    Case(
        "NoticesNotDelivered",
        gauge("custody_notices_oldest_seconds", 500, **UNREACHED) | gauge("custody_sink_disabled", 1, **JAIL),
    ),
    Case("NoticesNotDelivered", gauge("custody_notices_oldest_seconds", 500, sink="jail", state="retried")),
    *when_above("NoticesRefused", "custody_notices_oldest_seconds", 3600, sink="jail", state="retried"),
    *when_above("DeadLetters", "custody_dead_letters", 0, **JAIL),
    *when_above("SinkDisabled", "custody_sink_disabled", 0, **JAIL),
    *when_above("UrgentAlarmWaits", "custody_alarms_oldest_seconds", 3600, code="end_in_doubt", urgent="yes"),
    *when_above("AlarmWaits", "custody_alarms_oldest_seconds", 3600, code="word_unknown", urgent="no"),
    *when_above("RefusedEventWaits", "custody_rejects_oldest_seconds", 3600),
    *when_above("ClocksDiffer", "custody_clock_skew_seconds", 2),
    Case("ClocksDiffer", gauge("custody_clock_skew_seconds", -3), {}, "3"),
    *when_above("StoreClockSetBack", "custody_store_clock_set_back_seconds", 2),
    Case("StoreForgets", gauge("custody_store_on_disk", 0), {}),
    Case("StoreForgets", gauge("custody_store_on_disk", 1)),
    Case("StoreForgets", {}),
    Case(
        "StoreMemoryShort",
        gauge("custody_store_memory_bytes", 95) | gauge("custody_store_memory_limit_bytes", 100),
        {},
    ),
    Case(
        "StoreMemoryShort",
        gauge("custody_store_memory_bytes", 80) | gauge("custody_store_memory_limit_bytes", 100),
    ),
    *when_above("KeysOverwritten", "custody_store_keys_overwritten", 0),
    Case("MetricsIncomplete", gauge("custody_reading_ok", 0, reading="due"), {"reading": "due"}),
    Case("MetricsIncomplete", gauge("custody_reading_ok", 1, reading="due")),
    Case("WorkerMetricsDown", gauge("up", 0, job="custody-worker"), {"job": "custody-worker"}),
    Case("WorkerMetricsDown", gauge("up", 1, job="custody-worker")),
]


def shown(text: str, case: Case) -> str:
    """A summary as Prometheus fills it in."""
    text = text.replace("{{ $value }}", case.value)
    return re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: (case.labels or {})[found[1]], text)


def expected(case: Case) -> list[dict[str, Any]]:
    if case.labels is None:
        return []
    rule = RULES[case.alert]
    annotations = {name: shown(text, case) for name, text in rule["annotations"].items()}
    return [{"exp_labels": rule["labels"] | case.labels, "exp_annotations": annotations}]


def as_promtool_has_it(case: Case) -> dict[str, Any]:
    return {
        "interval": f"{SECONDS}s",
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        "alert_rule_test": [
            {
                "eval_time": "90m" if case.alert == "PeopleNotDeparted" else case.after,
                "alertname": case.alert,
                "exp_alerts": expected(case),
            }
        ],
    }


@pytest.fixture(scope="module")
def checker() -> str:
    program = promtool()
    if program is None:
        pytest.skip("promtool cannot be had here: apt-get download prometheus")
    return str(program)


def test_every_alert_has_a_firing_and_a_silent_case() -> None:
    assert {case.alert for case in CASES if case.labels is not None} == RULES.keys()
    assert {case.alert for case in CASES if case.labels is None} == RULES.keys()


def test_prometheus_finds_every_alert_firing_and_silent_as_it_should(checker: str, tmp_path: Path) -> None:
    document = {
        "rule_files": [str(ALERTS)],
        "evaluation_interval": f"{SECONDS}s",
        "tests": [as_promtool_has_it(case) for case in CASES],
    }
    path = tmp_path / "alerts.test.yml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    done = subprocess.run([checker, "test", "rules", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_rules_and_configuration(checker: str) -> None:
    configuration = str(DIRECTORY / "prometheus.yml")
    for command in (("rules", str(ALERTS)), ("config", "--syntax-only", configuration)):
        done = subprocess.run([checker, "check", *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", RULES)
def test_every_alert_says_how_urgent_it_is_and_has_a_page(alert: str) -> None:
    rule = RULES[alert]
    assert rule["labels"]["severity"] in {"page", "ticket"}
    page = ROOT / rule["annotations"]["runbook"]
    assert page.is_file()
    assert page.parent == ROOT / "ops/runbooks"


def test_the_first_alert_is_about_people() -> None:
    (first, *_) = RULES.values()
    assert (first["expr"], first["for"]) == (f"{DUE} > 0", "30s")
    assert first["labels"]["severity"] == "page"


def test_every_metric_that_an_alert_asks_for_is_in_the_catalogue() -> None:
    for rule in RULES.values():
        for name in re.findall(r"\bcustody_\w+", rule["expr"]):
            assert re.sub(r"_(bucket|count|sum)$", "", name) in METRICS, name
