"""Every log event of the service: its level, its fields, its meaning. The page of the log is made from it.

Call sites name their event literally; a test ties each to its entry here.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from worker.log_events.board import BOARD_EVENTS
from worker.log_events.log_event import LogEvent
from worker.log_events.service import SERVICE_EVENTS
from worker.log_events.supervisor import SUPERVISOR_EVENTS

LOG_EVENTS: Final[Mapping[str, LogEvent]] = MappingProxyType(
    {**SERVICE_EVENTS, **SUPERVISOR_EVENTS, **BOARD_EVENTS}
)
"""Every log event, by name, in the order of its page."""
