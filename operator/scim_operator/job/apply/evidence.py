"""What a service answers with success and does not do: believed once it has lasted, and tried again now and then.

| the same change was kept in silence | what holds                                     | it is sent again        |
|-------------------------------------|------------------------------------------------|-------------------------|
| once or twice, or within a moment   | `Retrying`: a single write may be lost         | after its back-off      |
| more often                          | `Immutable`, on record as the service's way    | in ten minutes and more |
| before a restart                    | the same, by what is on record                 | in an hour              |

What ends access never comes here: it is reported as not done, and sent again (`verification.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from scim_operator.core.decision.stored import not_taken
from scim_operator.core.records.status import Reason
from scim_operator.job.base.retries import DECAYED

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.records.status import Reformatted, ServiceEntry
    from scim_operator.job.apply.outcome import Done
    from scim_operator.job.base.retries import Retries

TRIES, SPAN = 3, timedelta(seconds=2)
"""How often, and over which time, the same change has to be kept in silence before that is believed."""
AGAIN = 600.0
"""Seconds after which, at the earliest, what is believed is tried again."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """A change that was kept in silence: how often, and when the first time."""

    form: Reformatted
    times: int
    since: datetime


class Evidence:
    """The evidence of one session, by object and attribute."""

    def __init__(self, retries: Retries, now: Callable[[], datetime]) -> None:
        self._retries = retries
        self._now = now
        self._tried: dict[ObjectKey, dict[str, _Tried]] = {}

    def weigh(self, plan: Plan, outcome: Done) -> tuple[Plan, Done]:
        """Return what holds where something was kept in silence, and the outcome with no more than is believed."""
        doubted = {form for form in outcome.reformatted if form.kept and not self._is_proven(plan.key, form)}
        believed = tuple(form for form in outcome.reformatted if form not in doubted)
        held = not_taken(plan, outcome.kept, proven=not doubted)
        return held, replace(outcome, reformatted=believed)

    def _is_proven(self, key: ObjectKey, form: Reformatted) -> bool:
        tried, now = self._tried.setdefault(key, {}), self._now()
        last = tried.get(form.path)
        if last is None or last.form != form:
            last = _Tried(form, 0, now)
        tried[form.path] = replace(last, times=last.times + 1)
        return tried[form.path].times >= TRIES and now - last.since >= SPAN

    def lasts(self, key: ObjectKey, plan: Plan, entry: ServiceEntry, outcome: Done) -> bool:
        """Return whether something is to be sent again, for which there is an appointment then."""
        if plan.verdict.reason is Reason.RETRYING:
            self._retries.later(key)
            return True
        if not _keeps(entry):
            self._tried.pop(key, None)
            return False
        if outcome.kept:
            self._retries.later(key, AGAIN)
        elif key not in self._retries:
            self._retries.later(key, DECAYED, own=False)
        return True

    def recall(self, key: ObjectKey, entry: ServiceEntry | None) -> None:
        """Have what is on record tried again some day, as after a restart."""
        if _keeps(entry) and key not in self._retries and not self._retries.is_called(key):
            self._retries.later(key, DECAYED, own=False)

    def forget(self, key: ObjectKey) -> None:
        """Note that the object is gone."""
        self._tried.pop(key, None)


def _keeps(entry: ServiceEntry | None) -> bool:
    """Return whether it is on record that the service does not take something."""
    return entry is not None and any(form.kept for form in entry.reformatted)
