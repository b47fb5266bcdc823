"""An amount of memory on the command line, as Kubernetes writes it."""

from __future__ import annotations

import re
from decimal import Decimal

import click

_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
_QUANTITY = re.compile(r"(?P<number>[0-9]{1,15}(?:\.[0-9]{1,9})?)(?P<unit>[KMG]i|[kMG]?)", re.ASCII)
LEAST = 1 << 20


class Quantity(click.ParamType[int]):
    """Bytes as a quantity of Kubernetes, such as 512Mi; at least 1Mi."""

    name = "quantity"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the text; fails with how a quantity is written."""
        if isinstance(value, int):
            return value
        found = _QUANTITY.fullmatch(value.strip())
        amount = int(Decimal(found["number"]) * _UNITS[found["unit"]]) if found else 0
        if amount < LEAST:
            self.fail(f"{value!r} is no amount of memory; write one of at least 1Mi, such as 512Mi or 1Gi.", param, ctx)
        return amount
