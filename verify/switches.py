"""The safeties of the operator, each with what switches it off: a suite that does not notice proves nothing.

Some of them put a fault back that a campaign by hand once found. Each is a change of the source text, made in a copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one text in one file below `scim_operator`; the text must be there, and once."""

    file: str
    old: str
    new: str

    def make(self, package: Path) -> None:
        """Change the file. Raises ValueError where the text is not there as it should be: then this list is stale."""
        path = package / self.file
        text = path.read_text()
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} has {text.count(self.old)} times what a switch replaces: {self.old!r}")
        path.write_text(text.replace(self.old, self.new))


@dataclass(frozen=True, slots=True)
class Switch:
    """One safety that can be switched off, in words, and how."""

    safety: str
    changes: tuple[Change, ...]


SWITCHES = (
    Switch(
        "the finalizer comes before the first request",
        (Change("job/apply/reconciler.py", "if not must_add_finalizer(record, facts, due):", "if True:"),),
    ),
    Switch(
        "a search comes before a creation",
        (
            Change(
                "job/apply/reconciler.py", "if not searched and self.inquiry.must_search(record, plan):", "if False:"
            ),
        ),
    ),
    Switch(
        "suspended configs send nothing",
        (Change("job/job.py", "        if settings.spec.suspend:\n", "        if settings.spec.suspend and False:\n"),),
    ),
    Switch(
        "mode Plan sends nothing",
        (
            Change(
                "job/apply/reconciler.py",
                "        if self._knowledge.settings.spec.mode is Mode.PLAN:\n            await self",
                "        if False:\n            await self",
            ),
        ),
    ),
    Switch(
        "no more requests at once than the budget allows",
        (Change("scim/connect.py", "concurrency=limits.concurrency, rate", "concurrency=64, rate"),),
    ),
    Switch(
        "nothing is sent while a Retry-After runs",
        (
            Change(
                "scim/exchange.py",
                "sending.refused(wait_of(response.headers, self._clock.now()))",
                "sending.refused(0.0)",
            ),
        ),
    ),
    Switch(
        "what backs off is not Ready",
        (
            Change(
                "core/records/status.py",
                "    Reason.TRANSFERRED,\n}",
                "    Reason.TRANSFERRED,\n    Reason.RETRYING,\n}",
            ),
        ),
    ),
    Switch(
        "a deleted manifest's access ends before its finalizer goes",
        (
            Change(
                "core/decision/removal.py",
                '    plan = kept(facts, Reason.DISABLED, f"Disabled at the service. {facts.scope.message}".strip())\n'
                "    differing = changes({ACTIVE: False}, document, clear=())\n",
                '    plan = kept(facts, Reason.DISABLED, f"Disabled at the service. {facts.scope.message}".strip())\n'
                "    differing = ()\n",
            ),
        ),
    ),
    Switch(
        "fault of old: what a write did not send is learned as the service's form",
        (
            Change(
                "job/apply/verification.py",
                "        if any(str(change.path) not in sent for change in left):\n",
                "        if False:\n",
            ),
        ),
    ),
    Switch(
        "fault of old: one who will never come keeps others in",
        (
            Change("job/gather/members.py", "if presence.is_coming(key)]", "if presence.may_come(key)]"),
            Change(
                "core/plan/membership.py", "membership.coming > membership.placed and not listed", "membership.coming"
            ),
        ),
    ),
    Switch(
        "fault of old: a freed claim wakes no one",
        (
            Change(
                "job/apply/conclusions.py",
                "self.tools.knowledge.waits.look_again(self.tools.knowledge.forget(key))",
                "self.tools.knowledge.forget(key)",
            ),
            Change(
                "job/session/events.py",
                "self.knowledge.waits.look_again(self.knowledge.part(record))",
                "self.knowledge.part(record)",
            ),
        ),
    ),
    Switch(
        "fault of old: of an additive group, only the last request is remembered",
        (
            Change(
                "core/plan/membership.py",
                "(added & {member.id for member in still}) | {member.id for member in adds}",
                "frozenset({member.id for member in adds})",
            ),
            Change(
                "job/apply/recorder.py",
                "    return tuple(sorted({*plan.remembered, *still})) if",
                "    return plan.remembered if",
            ),
        ),
    ),
    Switch(
        "fault of old: a lifted suspension wakes no groups",
        (
            Change(
                "job/gather/presence.py",
                '        marks += "|" if key in self._namespace.suspended else ""\n',
                "",
            ),
        ),
    ),
)
