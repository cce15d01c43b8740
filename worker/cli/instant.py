"""Instants on a command line."""

from datetime import UTC, datetime
from typing import Any

import click

from events.instants import parse_instant
from worker.clock import SystemClock


class InstantType(click.ParamType[datetime]):
    """RFC 3339 with an offset, or `now`."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse an instant, to a datetime in UTC."""
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        if value == "now":
            return SystemClock().now()
        try:
            return parse_instant(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


INSTANT = InstantType()
