"""A load balancer and a human ask: is the board there, and does the clock run?"""

import httpx2

from tests.support.waiting import wait_until
from tests.support.web_server import web_server
from worker.store.awake import show_awake
from worker.store.context import Context


def test_the_board_is_healthy_without_a_worker_and_not_ready(context: Context) -> None:
    with web_server(context) as url:
        assert httpx2.get(f"{url}/healthz").status_code == 200
        assert httpx2.get(f"{url}/readyz").status_code == 503
        show_awake(context.client, context.shards[0].keys)
        assert wait_until(lambda: httpx2.get(f"{url}/readyz").status_code == 200, 20)
