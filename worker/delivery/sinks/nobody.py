"""Where a route leads to that has no sink: somebody must hear that nobody was sent the notice."""

from collections.abc import Sequence

from worker.delivery.sink import Answer, Outcome, OutgoingNotice


class Nobody:
    """Refuses everything."""

    most_at_once = 1
    waits_out_failures = False

    def send(self, notices: Sequence[OutgoingNotice]) -> Answer:
        """Refuse it: it becomes a dead letter at once."""
        return Answer(Outcome.REFUSED, f"route {notices[0].event.route} leads to no sink")
