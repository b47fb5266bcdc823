"""The moment that `--as-of` names: a day, an instant, or a revision of Git."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from scim_operator.core.instants import to_utc
from scim_operator.core.wording import in_utc
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from scim_operator.local.history import GitDirectory

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?P<zone>[Zz]|[+-]\d{2}:\d{2})?", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The commit whose manifests count, and the instant by which dates in them are judged; None: the commit's own."""

    commit: str
    at: datetime | None


def as_of(text: str, directory: GitDirectory, now: datetime) -> AsOf:
    """Return what a text names; "" is now. Errors: InvalidSpec, for what is to come, before all, or unknown."""
    if not text:
        return AsOf(directory.commit_of("HEAD"), now)
    until = end_of(text)
    if until is None:
        return AsOf(directory.commit_of(text), None)
    begin, end = until
    if begin > now:
        raise InvalidSpec(f"{text} is still to come: it is {in_utc(now)} now. Give a date that has been.")
    commit = directory.before(end, directory.commit_of("HEAD"))
    if not commit:
        first = directory.history(directory.commit_of("HEAD")).first
        raise InvalidSpec(
            f"At {in_utc(end)} there was no commit yet: the history begins at {first.short}, {in_utc(first.date)}. "
            "Give a later date."
        )
    return AsOf(commit, min(end, now))


def end_of(text: str) -> tuple[datetime, datetime] | None:
    """Return the first and the last instant that a date names, in UTC where it names no zone; None for no date."""
    if not (_DAY.fullmatch(text) or _INSTANT.fullmatch(text)):
        return None
    try:
        if day := _DAY.fullmatch(text):
            zone = day["zone"] or "Z"
            begin = datetime.fromisoformat(f"{text[:10]}T00:00:00{zone.upper()}").astimezone(UTC)
            return begin, begin + timedelta(days=1, seconds=-1)
        instant = to_utc(datetime.fromisoformat(text.upper()))
    except (ValueError, OverflowError):
        raise InvalidSpec(f"{text} is no date of the calendar; write it as 2026-06-30.") from None
    return instant, instant
