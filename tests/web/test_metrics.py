"""What Prometheus reads: true at the moment of the scrape, absent where it cannot be known, about nobody."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.bookings import bail_posted, booked, ice_contacted, now
from tests.support.web_server import token_of, web_server
from tests.support.worker_by_hand import Store, fire_all, put, simulated_context, take_in
from worker.metrics_catalogue import METRICS
from worker.store import rejects
from worker.store.awake import show_awake
from worker.store.connection import connect
from worker.store.context import Context
from worker.store.keys import Keys
from worker.store.rejects import Dealt
from worker.web.metrics.scrape import Scrape
from worker.web.store_door import StoreDoor

HOUR = timedelta(hours=1)
TOKEN = token_of("scraper", "metrics")

Series = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def scraped(url: str) -> Series:
    """Every sample of one scrape by name and labels."""
    answer = httpx2.get(f"{url}/metrics", headers={"Authorization": "Bearer scraper"})
    assert answer.status_code == 200, answer.text
    return scraped_text(answer.text)


def value(series: Series, name: str, **labels: str) -> float | None:
    return series.get((name, frozenset(labels.items())))


def test_only_a_metrics_token_may_scrape(context: Context) -> None:
    with web_server(context, [TOKEN, token_of("desk", "desk")]) as url:
        assert httpx2.get(f"{url}/metrics").status_code == 401
        assert httpx2.get(f"{url}/metrics", headers={"Authorization": "Bearer desk"}).status_code == 403
        assert scraped(url)


def test_people_are_counted_at_the_scrape(context: Context) -> None:
    put(context, booked("B1", due_at=now() + HOUR), booked("B2", due_at=now() + 3 * HOUR))
    take_in(context)
    with web_server(context, [TOKEN]) as url:
        series = scraped(url)
    assert value(series, "custody_store_up") == 1
    assert value(series, "custody_people_due_and_unreleased") == 0
    assert value(series, "custody_people_held") == 2
    assert value(series, "custody_next_deadline_seconds") == pytest.approx(3600, abs=60)


def test_whoever_is_due_and_unreleased_is_counted_until_the_release(store: Store) -> None:
    due_at = now()
    take_in(simulated_context(store, due_at - HOUR), booked("B1", due_at=due_at))
    late = simulated_context(store, due_at + timedelta(minutes=1))
    with web_server(late, [TOKEN]) as url:
        before = scraped(url)
        fire_all(late)
        after = scraped(url)
    assert value(before, "custody_people_due_and_unreleased") == 1
    until = value(before, "custody_next_deadline_seconds")
    assert until is not None
    assert until <= -60
    assert value(after, "custody_people_due_and_unreleased") == 0
    assert value(after, "custody_next_deadline_seconds") is None


def test_somebody_whose_timer_is_lost_is_counted_all_the_same(store: Store) -> None:
    due_at = now()
    take_in(simulated_context(store, due_at - HOUR), booked("B1", due_at=due_at))
    late = simulated_context(store, due_at + timedelta(minutes=1))
    store.client.delete(Keys().timers)
    with web_server(late, [TOKEN]) as url:
        assert value(scraped(url), "custody_people_due_and_unreleased") == 1


def test_a_warning_that_is_due_is_nobody_to_be_released(store: Store) -> None:
    at = now()
    take_in(simulated_context(store, at), booked("B1", due_at=at + 5 * HOUR))
    later = simulated_context(store, at + 2 * HOUR)
    with web_server(later, [TOKEN]) as url:
        series = scraped(url)
    assert value(series, "custody_people_due_and_unreleased") == 0
    assert value(series, "custody_next_deadline_seconds") == pytest.approx(3 * 3600, abs=60)


def test_without_a_worker_there_is_no_beat_and_with_one_it_ages(context: Context) -> None:
    with web_server(context, [TOKEN]) as url:
        assert value(scraped(url), "custody_pacemaker_beat_age_seconds") is None
        show_awake(context.client, context.shards[0].keys)
        age = value(scraped(url), "custody_pacemaker_beat_age_seconds")
        assert age is not None
        assert 0 <= age < 20


def test_a_store_that_is_gone_leaves_one_series_and_no_old_number(context: Context, store: Store) -> None:
    closed = connect("redis://127.0.0.1:1/0")
    gone = replace(context, client=closed)
    with web_server(context, [TOKEN]) as url:
        assert len(scraped(url)) > 1
    scrape = Scrape(StoreDoor(lambda: gone), lambda: None)
    assert [(family.name, family.samples[0].value) for family in scrape.collect()] == [
        ("custody_store_up", 0)
    ]


def test_a_part_that_cannot_be_read_is_absent_and_the_others_are_there(
    context: Context, store: Store
) -> None:
    with web_server(context, [TOKEN]) as url:
        store.client.set(Keys().rejects, "of another program")
        series = scraped(url)
    assert value(series, "custody_reading_ok", reading="attention") == 0
    assert value(series, "custody_rejects_waiting") is None
    assert value(series, "custody_reading_ok", reading="due") == 1
    assert value(series, "custody_people_due_and_unreleased") == 0


def test_what_waits_for_a_person_is_counted_and_aged(context: Context, store: Store) -> None:
    with web_server(context, [TOKEN]) as url:
        assert value(scraped(url), "custody_rejects_waiting") == 0
        take_in(context, b"no event", bail_posted("B1", now() + timedelta(days=3)))
        waiting = scraped(url)
        (rejected,) = rejects.every(store.client, Keys())
        rejects.settle(store.client, Keys(), rejected.id, Dealt("A. Okafor", now()))
        dealt = scraped(url)
    assert value(waiting, "custody_rejects_waiting") == 1
    assert value(waiting, "custody_alarms_waiting", code="event_refused") == 1
    assert value(dealt, "custody_rejects_waiting") == 0
    assert value(dealt, "custody_rejects_oldest_seconds") == 0


def test_every_metric_of_the_board_is_served_and_no_other(context: Context) -> None:
    take_in(context, booked("B1", due_at=now() + HOUR), b"no event")
    show_awake(context.client, context.shards[0].keys)
    context.client.config_set("maxmemory", str(1 << 30))
    try:
        with web_server(context, [TOKEN]) as url:
            names = {name for name, _ in scraped(url)}
    finally:
        context.client.config_set("maxmemory", "0")
    assert names == {name for name, metric in METRICS.items() if metric.served_by == "board"}


def test_no_label_names_anybody(context: Context) -> None:
    take_in(context, booked("B-4711", due_at=now() - HOUR), ice_contacted("B-4712", now()))
    fire_all(context)
    with web_server(context, [TOKEN]) as url:
        text = httpx2.get(f"{url}/metrics", headers={"Authorization": "Bearer scraper"}).text
    assert "4711" not in text
    assert "4712" not in text
    series = [(name, dict(labels)) for name, labels in scraped_text(text)]
    assert all(set(labels) == set(METRICS[name].labels) for name, labels in series)


def scraped_text(text: str) -> Series:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
