"""Instants that someone has written down: one without a zone is one of UTC, wherever it stands. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def zoned(moment: datetime) -> datetime:
    """Return the instant with a zone: its own, else UTC."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def to_utc(moment: datetime) -> datetime:
    """Return the instant in UTC. Errors: OverflowError, where UTC has no such year."""
    return zoned(moment).astimezone(UTC)
