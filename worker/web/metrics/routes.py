"""`GET /metrics`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response
from prometheus_client.exposition import choose_encoder

from worker.web.access.access import Access
from worker.web.board.feed import BoardFeed
from worker.web.metrics.scrape import Scrape
from worker.web.store_door import StoreDoor


def metrics_routes(door: StoreDoor, feed: BoardFeed, access: Access) -> APIRouter:
    """What Prometheus scrapes: numbers about the service, none about a person."""
    router = APIRouter(dependencies=[Depends(access.requires("metrics"))], include_in_schema=False)
    scrape = Scrape(door, feed.screens.everybody)

    @router.get("/metrics", response_class=Response)
    def metrics(accept: Annotated[str, Header()] = "") -> Response:
        """Prometheus metrics, read from the store now."""
        encode, content_type = choose_encoder(accept)
        return Response(encode(scrape), headers={"Content-Type": content_type, "Cache-Control": "no-store"})

    return router
