"""The limits of an arrest as a table, for `custody explain` and `custody show`."""

from zoneinfo import ZoneInfo

from worker.cli.output import print_table, say
from worker.desk.plain_words import local
from worker.desk.words import limit
from worker.law.explanation import Explanation


def print_limits(explanation: Explanation, governing: str | None, zone: ZoneInfo, title: str) -> None:
    """Print every limit with its steps and its citation, in local time; the one that governs is marked."""
    rows = [
        (
            (limit(explained.limit.name), *(["(governs)"] if explained.limit.name == governing else [])),
            local(explained.expires_at, zone),
            [step.text for step in explained.steps],
            explained.limit.citation,
        )
        for explained in explanation.limits
    ]
    print_table(("limit", "expires", "steps", "citation"), rows, title)
    for left_out in explanation.left_out:
        say(f"Not applicable: {limit(left_out.name)} ({left_out.reason}).")
