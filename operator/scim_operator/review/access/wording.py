"""The parts of an answer in words, for every form that people read. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.members.selection import Means
from scim_operator.core.wording import in_utc
from scim_operator.review.access.commits import MERGE

if TYPE_CHECKING:
    from scim_operator.review.access.answer import Answer, Named, Path, Proof, Since, Unsure
    from scim_operator.review.access.commits import Approval, Origin
    from scim_operator.review.access.moments import Fault

NOT_ASKED = "not asked: give --log-store, or --cluster"
NO_APPROVAL = "no approval in the commit"
FAULTS = 3
"""Faults that are named in a sentence."""


def title(answer: Answer) -> str:
    """Return what the answer is to."""
    by = f", by ProvisioningConfig {answer.config}" if answer.config else ""
    return f"Access in {answer.directory}: {answer.asked}{by}"


def moment(answer: Answer) -> str:
    """Return the moment that is asked about, and the commit whose manifests count."""
    where = "the manifests as they stand"
    if answer.commit is not None:
        where = f"commit {answer.commit.short} of {in_utc(answer.commit.date)}"
    return f"As of {in_utc(answer.at)}: {where}"


def named(found: Named) -> str:
    """Return a name, and what people call it."""
    return f"{found.name} ({found.title})" if found.title and found.title != found.name else found.name


def path(found: Path) -> str:
    """Return a way to a group."""
    how = {Means.NAMED: "direct", Means.SELECTED: "selector", Means.MATCHING: "expression"}[found.means]
    said = f"{how} {found.detail}".rstrip()
    return f"nested {' > '.join(found.groups)}, {said}" if len(found.groups) > 1 else said


def since(found: Since | None) -> str:
    """Return since when."""
    if found is None:
        return "since: not known"
    least = "at least since" if found.least else "since"
    return f"{least} {in_utc(found.date)}{' (a date in the manifest)' if found.dated else ''}"


def author(origin: Origin) -> str:
    """Return who wrote a change."""
    return ", ".join(each.name or each.email for each in origin.authors)


def approvals(origin: Origin) -> str:
    """Return who approved a change, and in which request."""
    request = f" of {origin.request}" if origin.request else ""
    said = ", ".join(_approval(each, request) for each in origin.approvals)
    if not said:
        return f"{NO_APPROVAL}{f' ({origin.request})' if origin.request else ''}"
    merged = any(each.how == MERGE for each in origin.approvals)
    return said if merged or not request else f"{said} ({origin.request})"


def _approval(found: Approval, request: str) -> str:
    how = f"merge{request}" if found.how == MERGE else found.how
    return f"{found.person.name or found.person.email} ({how}{', the author' if found.own else ''})"


def commit(found: Since) -> str:
    """Return the commit that brought access, who wrote and who approved it."""
    subject = f' "{found.commit.subject}"' if found.commit.subject else ""
    return f"commit {found.commit.short}{subject} by {author(found.origin)}; approved: {approvals(found.origin)}"


def unsure(found: Unsure) -> str:
    """Return from when until when it was not known, and why."""
    begin = found.begin.short if found.begin is not None else "the beginning"
    until = f" until {found.end.short}" if found.end is not None else ""
    faults = "; ".join(map(fault, found.faults[:FAULTS]))
    return f"not known from {begin}{until} ({found.why}{f': {faults}' if faults else ''})"


def fault(found: Fault) -> str:
    """Return what cannot be read, as compilers write it."""
    return f"{found.file}{f':{found.line}' if found.line else ''}: {found.message}"


def proof(found: Proof) -> str:
    """Return what the provisioning log says."""
    if not found.asked:
        return NOT_ASKED
    if not found.record:
        return found.note or "no record in the log"
    revision = f", revision {found.revision}" if found.revision else ""
    said = f"{found.action} {found.status} at {found.date} (record {found.record}{revision})"
    return f"{said}; {found.note}" if found.note else said
