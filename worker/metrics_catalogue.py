"""Every metric of the service: its type, unit, labels and meaning. The page of metrics is made from it.

No label is a booking number, a name, or anything else about a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["gauge", "histogram"]
ServedBy: TypeAlias = Literal["board", "worker"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        meaning: what the number says, and when the series is absent.
        unit: `seconds`, `bytes`, `1` for yes or 0 for no, or what is counted.
        kind: as Prometheus has it.
        served_by: the process that answers with it.
    """

    meaning: str
    unit: str
    labels: tuple[str, ...] = ()
    kind: Kind = "gauge"
    served_by: ServedBy = "board"


LATENESS: Final = "custody_release_lateness_seconds"

METRICS: Final[Mapping[str, Metric]] = MappingProxyType(
    {
        "custody_store_up": Metric(
            "Whether the store answered this scrape. At 0 every other series of the board is absent.",
            "1 or 0",
        ),
        "custody_reading_ok": Metric(
            "Whether a part of the answer could be read; at 0 the series of that part are absent.",
            "1 or 0",
            ("reading",),
        ),
        "custody_people_due_and_unreleased": Metric(
            "People who are held although their release is due now, by their records. For an instant it "
            "is not 0 at every deadline; while older events wait in the inbox a release may wait 30 s.",
            "people",
        ),
        "custody_next_deadline_seconds": Metric(
            "Until the earliest deadline of anybody held; negative if it has passed. Absent if nobody is "
            "held.",
            "seconds",
        ),
        "custody_people_held": Metric("People held, as on the board.", "people"),
        "custody_people_held_past_deadline": Metric(
            "People held past the deadline, as on the board; also those who arrived after it and have "
            "the grace of `CUSTODY_LATE_GRACE_SECONDS`.",
            "people",
        ),
        "custody_people_not_departed": Metric(
            "People released half an hour to a day ago and not reported gone, as on the board.",
            "people",
        ),
        "custody_records_unreadable": Metric(
            "Records that cannot be read, as on the board: somebody may be held by each.",
            "records",
        ),
        "custody_board_age_seconds": Metric(
            "How old the board is that the four series above are from. From 30 s on they are absent.",
            "seconds",
        ),
        "custody_timers": Metric("Records that need attention at some later time.", "timers"),
        "custody_inbox_events": Metric("Events that wait to be taken in.", "events"),
        "custody_inbox_oldest_seconds": Metric(
            "How long the oldest of them has waited; 0 if none waits.", "seconds"
        ),
        "custody_inboxes_unread": Metric(
            "Inboxes that hold events and that nobody reads: upstream counts with more shards.",
            "inboxes",
        ),
        "custody_notices_waiting": Metric(
            "Notices that a sink has not come to (`unreached`, counted up to 1,000 a shard), or that its "
            "receiver has not taken yet (`retried`).",
            "notices",
            ("sink", "state"),
        ),
        "custody_notices_oldest_seconds": Metric(
            "How long the oldest of them has waited; 0 if none waits.", "seconds", ("sink", "state")
        ),
        "custody_sink_disabled": Metric(
            "Whether the receiver of a sink has said that it wants nothing any more.",
            "1 or 0",
            ("sink",),
        ),
        "custody_dead_letters": Metric(
            "Notices that were given up and that nobody has brought to their receivers.",
            "notices",
            ("sink",),
        ),
        "custody_rejects_waiting": Metric("Refused events that wait for a person.", "events"),
        "custody_rejects_oldest_seconds": Metric(
            "How long the oldest of them has waited; 0 if none waits.", "seconds"
        ),
        "custody_alarms_waiting": Metric(
            "Alarms that wait for a person, by code; a code with none is 0.",
            "alarms",
            ("code",),
        ),
        "custody_alarms_oldest_seconds": Metric(
            "How long the oldest alarm of a code has waited. `urgent` is `yes` where somebody may be "
            "held unlawfully. Absent for a code that none waits of.",
            "seconds",
            ("code", "urgent"),
        ),
        "custody_losses_unaccepted": Metric(
            "Losses of the store that nobody has accepted: records vanished, or events deleted unread.",
            "losses",
        ),
        "custody_pacemaker_beat_age_seconds": Metric(
            "Since a pacemaker last completed a round, of the shard where that is longest. Absent if one "
            "of them never had any.",
            "seconds",
        ),
        "custody_clock_skew_seconds": Metric(
            "How far the store's clock is ahead of the board's machine; negative if behind. Absent on a "
            "simulated store.",
            "seconds",
        ),
        "custody_store_clock_set_back_seconds": Metric(
            "How far the store's clock is behind what it has shown before; 0 if it was not set back.",
            "seconds",
        ),
        "custody_store_on_disk": Metric(
            "Whether the store has every change on disk before it answers. Absent where it may not be asked.",
            "1 or 0",
        ),
        "custody_store_takes_writes": Metric(
            "Whether the store takes writes: not if its memory or disk is full, or it is a replica.",
            "1 or 0",
        ),
        "custody_store_keys_overwritten": Metric(
            "Keys of the clock that another program has overwritten.", "keys"
        ),
        "custody_store_memory_bytes": Metric(
            "Memory that the store uses. Absent where it may not be asked.",
            "bytes",
        ),
        "custody_store_memory_limit_bytes": Metric(
            "Memory that it may use. Absent if there is no limit.", "bytes"
        ),
        "custody_stream_entries": Metric("Entries of a stream.", "entries", ("stream",)),
        LATENESS: Metric(
            "How long after it was due a release at a deadline was committed, by the store's clock: "
            "after the deadline, or after the grace of a booking that arrived later than that. Counted "
            "by the pacemaker of one worker since its start; releases that the pool's processes help "
            "with in a backlog are not in it.",
            "seconds",
            kind="histogram",
            served_by="worker",
        ),
    }
)
