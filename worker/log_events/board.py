"""The log events of the board: pages, logins, HTTP intake."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from worker.log_events.log_event import LogEvent

BOARD_EVENTS: Final[Mapping[str, LogEvent]] = MappingProxyType(
    {
        "board_serving": LogEvent("info", "The board answers at this address.", ("address",)),
        "board_not_read": LogEvent(
            "warning",
            "The board could not read the store; viewers see a dead board, and it tries again. Logged once.",
            ("problem",),
        ),
        "board_cut_short": LogEvent(
            "warning",
            "The board was stopped, and so many requests had no answer a second later: the store hangs.",
            ("requests",),
        ),
        "access_not_noted": LogEvent(
            "warning",
            "A look at a record could not be written to the access journal, so it was refused.",
            ("problem",),
        ),
        "record_not_shown": LogEvent(
            "exception", "The page of a booking could not be made.", ("booking", "problem")
        ),
        "events_taken": LogEvent(
            "info",
            "A request to HTTP intake was answered once its events were safe in the store.",
            ("token", "accepted", "refused"),
        ),
        "events_not_taken": LogEvent(
            "warning",
            "A request to HTTP intake was refused as a whole; the answer says why.",
            ("token", "status", "problem"),
        ),
        "store_not_opened": LogEvent(
            "warning",
            "HTTP intake could not use the store for this request; the next one tries again.",
            ("problem",),
        ),
        "day_file_not_written": LogEvent(
            "exception",
            "HTTP intake could not write accepted events to the file of the day, so it answered 503; until "
            "it can, it accepts nothing.",
        ),
        "metrics_not_read": LogEvent(
            "warning",
            "A part of `/metrics` could not be read: its series are absent until it can. Logged once.",
            ("reading", "problem"),
        ),
        "request_failed": LogEvent(
            "exception", "The board could not answer a request; it goes on with the others.", ("route",)
        ),
        "logged_in": LogEvent("info", "A browser has logged in with this token.", ("token", "client")),
        "attempts_failing": LogEvent(
            "warning",
            "Somebody tries tokens that are none: answers to this address are slowed. Logged once a minute.",
            ("client",),
        ),
        "token_file_unusable": LogEvent(
            "error",
            "The token file has become unusable: the last good tokens stay in force, and no change to it has "
            "an effect until it is mended. Logged once.",
            ("problem",),
        ),
        "token_file_usable_again": LogEvent("info", "The token file is in force again."),
    }
)
