"""The log: that a notice went out, not what it says."""

from collections.abc import Sequence

import structlog

from events.outbound import Outbound

log = structlog.get_logger("custody")


class LogSink:
    """One log line per notice: its type, its booking, its audience."""

    def deliver(self, notices: Sequence[tuple[Outbound, bytes]]) -> None:
        """Log one line per notice."""
        logger = log.bind()
        for notice, _ in notices:
            logger.info(
                "notice",
                booking=notice.subject,
                notice_type=notice.type,
                notice_id=notice.id,
                audience=notice.audience,
                route=notice.route,
            )
