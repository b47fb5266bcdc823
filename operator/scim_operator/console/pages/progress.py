"""How fast a sweep goes, and how long it will take: from two looks at its status."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from scim_operator.console.source import config_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.console.source import Manifest
    from scim_operator.core.keys import ConfigKey


class Look(NamedTuple):
    """How much of a phase was done at one time, in the clock's seconds."""

    phase: str
    done: int
    at: float


@dataclass(slots=True)
class Course:
    """The first look at the phase each config is in, and the last one, by the config."""

    first: dict[ConfigKey, Look] = field(default_factory=dict)
    last: dict[ConfigKey, Look] = field(default_factory=dict)

    def look(self, configs: Iterable[Manifest], now: float) -> None:
        """Take in the statuses at one time."""
        for config in configs:
            key, progress = config_key(config), _progress(config)
            look = Look(str(progress.get("phase") or ""), _number(progress.get("done")), now)
            first = self.first.get(key)
            if first is None or first.phase != look.phase or first.done > look.done:
                self.first[key] = look
            self.last[key] = look


def rate_and_rest(course: Course, config: Manifest) -> str:
    """Return the rate and the time that is left, as the end of a sentence; "" while neither is known."""
    key = config_key(config)
    first, last = course.first.get(key), course.last.get(key)
    if first is None or last is None or last.at <= first.at or last.done <= first.done:
        return ""
    rate = (last.done - first.done) / (last.at - first.at)
    left = max(0, _number(_progress(config).get("total")) - last.done) / rate
    return f", {rate:.0f} a second, {_duration(left)} left"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _progress(config: Manifest) -> dict[str, Any]:
    status = config.get("status")
    progress = status.get("progress") if isinstance(status, dict) else None
    return progress if isinstance(progress, dict) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
