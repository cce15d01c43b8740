"""What Prometheus reads: true at the moment of the scrape, absent where it cannot be known, about nobody."""

from collections.abc import Mapping
from datetime import timedelta

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.bookings import booked, now
from tests.support.web_server import token_of, web_server
from tests.support.worker_by_hand import put, take_in
from worker.store.context import Context

HOUR = timedelta(hours=1)
TOKEN = token_of("scraper", "metrics")

Series = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def scraped(url: str) -> Series:
    """Every sample of one scrape by name and labels."""
    answer = httpx2.get(f"{url}/metrics", headers={"Authorization": "Bearer scraper"})
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


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
