"""Names, instants and numbers as manifests and sentences spell them."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

Named = TypeVar("Named")

REDACTED = "[Redact]"
"""The placeholder for a sensitive value in logs and explanations, as in Entra's."""


def camel(name: str) -> str:
    """Return a field's name as manifests have it: `page_size` is pageSize there."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def rfc3339(moment: datetime) -> str:
    """Return an instant in UTC, to the second, as Kubernetes writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def in_utc(moment: datetime) -> str:
    """Return an instant as we write it, regardless of the offset given."""
    return rfc3339(moment.astimezone(UTC))


def recreating(number: int) -> str:
    """Return what it means that so much would be created again that the service has lost, as a clause."""
    return (
        f"{counted(number, 'resource')} that the service no longer has would be created again; the service may have "
        "been restored from a backup, or the URL is another tenant's"
    )


def some(things: Sequence[Named], most: int, shown: Callable[[Named], str] = str) -> str:
    """`a, b and 3 more`: the first `most` of things, each as `shown` puts it, and how many there are besides."""
    more = f" and {len(things) - most} more" if len(things) > most else ""
    return ", ".join(map(shown, things[:most])) + more


def counted(number: int, noun: str) -> str:
    """`1 member`, `2 members`; for nouns that take an s."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
