"""The log events of store, worker and notifier."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from worker.log_events.log_event import LogEvent

SERVICE_EVENTS: Final[Mapping[str, LogEvent]] = MappingProxyType(
    {
        "worker_starting": LogEvent(
            "info", "A worker starts, and how it is set up.", ("profile", "embedded_store")
        ),
        "setting_unknown": LogEvent(
            "warning",
            "A variable looks like a setting and is none: what it was meant to say is not in force.",
            ("setting", "detail"),
        ),
        "store_doubtful": LogEvent(
            "warning",
            "A check of the store, made at every start, is not ok; an unsafe store is refused.",
            ("check", "verdict", "detail"),
        ),
        "profile_out_of_its_dates": LogEvent(
            "warning", "The profile was not made for today.", ("profile", "detail")
        ),
        "transition": LogEvent(
            "info",
            "A journal entry was committed: one line per entry.",
            ("booking", "version", "outcome", "cause", "event_id"),
        ),
        "rejected": LogEvent(
            "warning",
            "An event was not taken and is kept in the stream `rejects`.",
            ("booking", "reason", "inbox_id"),
        ),
        "reader_overtaken": LogEvent(
            "warning",
            "This worker stood still for longer than its lease of the inbox; another reads on.",
            ("shard",),
        ),
        "intake_failed": LogEvent(
            "exception",
            "The pacemaker could not take in events that waited; it tries again, and releases go on.",
            ("shard",),
        ),
        "delivery": LogEvent(
            "info",
            "What became of a notice at a sink: delivered, failed, superseded or dead; without its data.",
            ("sink", "notice", "booking", "outbox_id", "attempt", "outcome", "detail"),
        ),
        "alarm": LogEvent(
            "error",
            "The watch is alarmed; each code has its runbook. `fired_late` is a release that came late.",
            ("code", "detail", "booking"),
        ),
        "batch_failed": LogEvent(
            "exception",
            "A batch of due bookings or of inbox entries failed; each is now tried alone.",
            one_of=("due", "entries"),
        ),
        "attention_failed": LogEvent(
            "error",
            "A booking that was due could not be attended to; the watch is alarmed. With a traceback; of "
            "many at once the first few.",
            ("booking",),
        ),
        "event_failed": LogEvent(
            "exception",
            "An event could not be applied, even alone. Tried again; at its third delivery it is set aside.",
            ("booking", "inbox_id", "deliveries"),
        ),
        "not_decided_ahead": LogEvent(
            "warning",
            "Releases could not be precomputed; they are decided when they are due.",
            ("bookings", "problem"),
        ),
        "timer_without_record": LogEvent(
            "error", "A timer had no record; the timer was dropped, and the watch is alarmed.", ("booking",)
        ),
        "timers_mended": LogEvent(
            "warning",
            "Timers differed from what the records say, and were set again; the watch is alarmed if held.",
            ("shard", "timers"),
        ),
        "timer_not_mended": LogEvent(
            "error",
            "The store refused to set a timer again; the next round over the records tries it again.",
            ("booking", "problem"),
        ),
        "timers_not_compared": LogEvent(
            "exception", "A round over records and timers failed; the next one begins from the start."
        ),
        "store_unreachable": LogEvent(
            "warning",
            "The store cannot be reached, or says that it cannot serve now. Logged once; retried.",
            ("problem",),
        ),
        "store_reached_again": LogEvent("info", "The store can be reached again.", ("failures",)),
        "store_not_made_ready": LogEvent(
            "exception",
            "What a process makes sure of in the store failed, perhaps at what another program wrote there; "
            "it works all the same, and the pacemaker tries again every second.",
        ),
        "pacemaker_failed": LogEvent("exception", "The pacemaker failed; it connects and begins again."),
        "chore_failed": LogEvent(
            "exception",
            "A periodic chore of the pacemaker failed; releases go on, and the chore is tried again.",
            ("chore",),
        ),
        "broker_unreachable": LogEvent(
            "warning",
            "Celery's broker cannot be reached; the pacemaker does the work of the tasks. Logged once.",
            ("problem",),
        ),
        "broker_connection_abandoned": LogEvent(
            "warning", "A connection to the broker was lost and could not be closed either.", ("problem",)
        ),
        "signal_discarded": LogEvent(
            "warning",
            "A message in the broker's queue cannot be understood and is dropped; signals carry nothing.",
            ("problem",),
        ),
        "delivery_failed": LogEvent(
            "exception", "A sink's thread failed; it begins again. Logged once.", ("sink",)
        ),
        "delivery_upkeep_failed": LogEvent(
            "exception", "What keeps the sinks' leases failed; tried again in 2 s. Logged once."
        ),
        "sink_away": LogEvent(
            "warning",
            "A file, or a server of the site's, takes no notices; tried again every second. Logged once.",
            ("sink", "problem"),
        ),
        "notifier_started": LogEvent("info", "The notifier delivers by these sinks.", ("sinks",)),
        "metrics_not_served": LogEvent(
            "warning",
            "A worker cannot listen on `CUSTODY_WORKER_METRICS_PORT`; it releases people all the same.",
            ("problem",),
        ),
        "heartbeat_url_withheld": LogEvent(
            "warning",
            "`CUSTODY_HEARTBEAT_URL` is not called, so that its receiver alarms. Logged once.",
            ("detail",),
        ),
        "heartbeat_url_failed": LogEvent(
            "warning", "`CUSTODY_HEARTBEAT_URL` did not answer well; tried again. Logged once.", ("problem",)
        ),
        "heartbeat_failed": LogEvent(
            "warning", "The heartbeat file could not be written; releases go on.", ("problem",)
        ),
        "append_only_file_cut": LogEvent(
            "error",
            "The embedded store's file ended in what cannot be read, as after a power cut; that was cut off.",
            ("cut_bytes", "kept_in"),
        ),
        "store_id_not_kept": LogEvent(
            "warning",
            "The store's id could not be written to the data directory; only this process remembers it.",
            ("problem",),
        ),
        "log_lines_dropped": LogEvent(
            "warning",
            "The log could not be written for a while: so many lines of this process are missing here.",
            ("lines",),
        ),
        "embedded_store_restarted": LogEvent("error", "The embedded store had died and was started again."),
        "embedded_store_down": LogEvent(
            "exception", "The embedded store is down and could not be started.", ("problem",)
        ),
        "embedded_store_stopped": LogEvent("info", "The embedded store was stopped with the worker."),
        "worker_stopping": LogEvent("info", "The worker was sent a signal to stop.", ("signal",)),
        "worker_ended_by_itself": LogEvent(
            "error",
            "The worker ends although nobody asked; its exit status is 1, and it must be started again.",
            ("detail",),
        ),
        "pacemaker_stopped": LogEvent(
            "error",
            "The thread that releases people ended, or stood still for 5 s: the worker ends with status 1, "
            "and must be started again.",
            ("detail", "stack"),
        ),
        "watchdog_failed": LogEvent("exception", "The watchdog failed; the worker ends with status 1."),
        "start_failed": LogEvent("exception", "The worker cannot start; its exit status is 1."),
        "stop_forced": LogEvent(
            "warning",
            "Celery did not end in time; the worker ends without it, and nothing is lost.",
            ("detail", "pool_processes"),
        ),
        "stop_failed": LogEvent("exception", "The forced stop failed; the process exits all the same."),
    }
)
