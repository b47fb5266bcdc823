"""Names, instants and numbers as manifests and sentences spell them."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


REDACTED = "[Redact]"
"""What stands for a sensitive value in logs and explanations, as in Entra's."""


def camel(name: str) -> str:
    """A field's name as manifests have it: `page_size` is pageSize there."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def rfc3339(moment: datetime) -> str:
    """An instant in UTC, to the second, as Kubernetes writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def in_utc(moment: datetime) -> str:
    """An instant as we write it, whatever offset a person gave it."""
    return rfc3339(moment.astimezone(UTC))


def counted(number: int, noun: str) -> str:
    """`1 member`, `2 members`; for nouns that take an s."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
