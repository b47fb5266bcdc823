"""Amounts of memory as Kubernetes writes them."""

from __future__ import annotations

import click
import pytest

from scim_operator.cli.quantity import Quantity

MIB = 1 << 20


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("512Mi", 512 * MIB),
        ("1Gi", 1024 * MIB),
        ("1.5Gi", 1536 * MIB),
        ("2048Ki", 2 * MIB),
        ("512M", 512_000_000),
        ("268435456", 256 * MIB),
        (" 64Mi ", 64 * MIB),
    ],
)
def test_a_quantity_is_bytes(text: str, amount: int) -> None:
    assert Quantity().convert(text, None, None) == amount


@pytest.mark.parametrize(
    "text", ["", "512MB", "512mi", "-1Gi", "1e9", "1", "1023Ki", "Gi", "9" * 400, "\u0661Gi", "nan"]
)
def test_what_is_none_is_refused_with_how_it_is_written(text: str) -> None:
    with pytest.raises(click.BadParameter, match="at least 1Mi, such as 512Mi"):
        Quantity().convert(text, None, None)
