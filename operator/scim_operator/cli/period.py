"""Options shared by the commands around the provisioning log: periods of time, and the place of the store."""

from __future__ import annotations

import re
from datetime import timedelta

import click

_PERIOD = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", re.ASCII)

STORE_VARIABLE = "SCIM_OPERATOR_LOG_STORE"

store_option = click.option(
    "--log-store",
    "--store",
    "store",
    envvar=STORE_VARIABLE,
    default="",
    metavar="URL",
    help=f"The log store: sqlite:////path/log.db or postgresql://user@host/db; a password goes into {STORE_VARIABLE}.",
)


class Period(click.ParamType[timedelta]):
    """`30d`, `24h`, `1h30m`: a period of time."""

    name = "period"

    def convert(self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read the text; fails with how a period is written."""
        if isinstance(value, timedelta):
            return value
        period = parse_period(value)
        if not period:
            self.fail(f"{value!r} is no period; write 30d, 24h or 1h30m.", param, ctx)
        return period


def parse_period(text: str) -> timedelta | None:
    """Return the period in the text; None where it is not one, or zero."""
    found = _PERIOD.fullmatch(text)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds) or None
