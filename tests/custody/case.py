"""One booking driven through the core as the service would drive it, with the store's part done by hand."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

import orjson
from custody.arrivals import ARRESTED, HOUR
from pydantic import TypeAdapter

from events.instants import COMMIT_MARK, format_instant
from events.outbound import Outbound, OutboundEvent
from worker.custody.advance import Fact, Tick, fold
from worker.custody.attention import next_attention
from worker.custody.journal import Entry, Link, read_entry, seal_of
from worker.custody.policy import Policy
from worker.custody.record import Record, read_record, write_record
from worker.custody.transition import Refusal, Transition
from worker.law.profile import load_profile

PROFILES = ("lapd-2016-11", "ca-truth-2017", "ca-values-2018")

_OUTBOUND: TypeAdapter[Outbound] = TypeAdapter(OutboundEvent)


@cache
def policy(profile: str = "lapd-2016-11", *, departures_expected: bool = True) -> Policy:
    """A site's policy under a shipped profile."""
    return Policy(load_profile(profile), departures_expected)


def committed_text(entry: Entry, now: datetime, record: str | None = None, *, older: bool = False) -> bytes:
    """A journal entry as the store writes it at this instant; the last of a commit with a digest.

    Args:
        older: as the store once wrote it, with the entry's own hash.
    """
    at = _as_the_store_writes(now)
    digest = "" if record is None else f',"record":"{record}"'
    seal = seal_of(entry.hash, at, record)
    stated = f',"hash":"{entry.hash.hex()}"' if older else ""
    return entry.body[:-1] + f'{stated},"committed_at":"{at}"{digest},"seal":"{seal}"}}'.encode()


def _as_the_store_writes(instant: datetime) -> str:
    return format_instant(instant.replace(microsecond=instant.microsecond // 1000 * 1000))


def settled_record(record: Record, now: datetime) -> Record:
    """The record as it is read back from a store that committed it at this instant."""
    document = write_record(record)
    return read_record(document.replace(COMMIT_MARK.encode(), _as_the_store_writes(now).encode()))


def settled_outbound(notice: Outbound, now: datetime) -> Outbound:
    """An outbound event as others read it, checked against the contract."""
    text = notice.to_wire().decode()
    return _OUTBOUND.validate_json(text.replace(COMMIT_MARK, _as_the_store_writes(now)))


@dataclass
class Case:
    """A booking's record over time. Every commit is checked for what must hold of all of them.

    `now` is the worker's clock and the store's, and never goes back.
    """

    rules: Policy = field(default_factory=policy)
    now: datetime = ARRESTED + HOUR
    record: Record | None = None
    attention: datetime | None = None
    entries: list[Link] = field(default_factory=list)
    outbound: list[Outbound] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def known(self) -> Record:
        """The record, once there is one."""
        assert self.record is not None
        return self.record

    @property
    def state(self) -> str:
        """The record's state."""
        return self.known.state

    @property
    def outcomes(self) -> list[str]:
        """What happened so far, in the journal's words."""
        return [link.content["outcome"] for link in self.entries]

    def at(self, now: datetime) -> "Case":
        """Let the clock show this instant."""
        assert now >= self.now
        self.now = now
        return self

    def tell(self, *facts: Fact) -> list[Outbound]:
        """Commit these facts together, now; return what others are told."""
        transition = fold(self.record, facts, self.rules, self.now)
        return self.commit(transition)

    def tick(self) -> list[Outbound]:
        """Commit what time alone makes due now."""
        return self.tell(Tick())

    def commit(self, transition: Transition) -> list[Outbound]:
        """What the store does with a transition, after the checks that it makes too."""
        self._check(transition)
        if transition.entries:
            self.record = settled_record(transition.record, self.now)
        self.attention = transition.attention
        told = [settled_outbound(notice, self.now) for notice in transition.outbound]
        self.entries += [read_entry(committed_text(entry, self.now)) for entry in transition.entries]
        self.outbound += told
        self.refusals += transition.refusals
        return told

    def _check(self, transition: Transition) -> None:
        before, after = self.record, transition.record
        _check_versions(before, transition)
        _check_end_of_custody(before, after)
        _check_ceiling(before, after)
        if after.state == "held":
            assert after.deadline is not None
            assert transition.attention is not None
            assert transition.attention <= after.deadline
            assert self.now < after.deadline
        if after.state == "closed":
            assert transition.attention is None
        assert transition.attention == next_attention(after, self.rules, self.now)
        if transition.not_before is not None:
            assert transition.not_before <= self.now
        if transition.not_after is not None:
            assert self.now < transition.not_after


def _check_versions(before: Record | None, transition: Transition) -> None:
    """Versions count journal entries without a gap, and each entry names the one before it."""
    after, version = transition.record, before.version if before else 0
    chain = before.chain if before else None
    assert transition.before == version
    for entry in transition.entries:
        version += 1
        content = orjson.loads(entry.body)
        assert entry.version == content["version"] == version
        assert content["prev"] == (chain.hex() if chain else None)
        chain = entry.hash
    assert (after.version, after.chain) == (version, chain)
    if not transition.entries:
        assert not transition.outbound
        assert before is None or after == before


def _check_end_of_custody(before: Record | None, after: Record) -> None:
    """Nothing reopens a record, moves its deadline or changes how it ended."""
    if before is not None and before.state in {"released", "closed"}:
        for name in ("state", "basis", "deadline", "released_at", "closed_at"):
            assert getattr(after, name) == getattr(before, name), name


def _check_ceiling(before: Record | None, after: Record) -> None:
    """A ceiling, once fixed, stays, and no deadline passes it."""
    if before is not None and before.ceiling is not None:
        assert after.ceiling == before.ceiling
    if after.ceiling is not None and after.deadline is not None:
        assert after.deadline <= after.ceiling.deadline
