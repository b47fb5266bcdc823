"""Who is in a group in effect: by name, by labels, by expression, and by way of the groups nested in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.explain.explanation import Step, cut
from scim_operator.core.keys import Kind
from scim_operator.core.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.core.members.topology import Topology
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.gather.knowledge import Knowledge


def members(record: SourceRecord, knowledge: Knowledge, most: int) -> Step:
    """Return the effective members of a group, at most so many by name (0: all), each with the way and the state."""
    topology, group = knowledge.namespace.topology, record.key.name
    if record.members is None:
        return Step("Members", "not managed: the manifest has no spec.members")
    users = topology.effective_users(group)
    nested = topology.nesting.descendants((group,)) - {group}
    direct = len(topology.direct_users(group))
    outcome = f"{counted(len(users), 'effective member')}, {direct} by the group itself"
    faults = [fault for name in sorted({group, *nested}) if (fault := _fault(topology, name))]
    through = [f"groups in it: {', '.join(cut(sorted(nested), most))}"] if nested else []
    shown = sorted(users)[: most or None]
    lines = [f"scimuser/{name}: {_ways(topology, group, nested, name)}{_state(knowledge, name)}" for name in shown]
    more = [f"and {len(users) - len(shown)} more"] if len(users) > len(shown) else []
    return Step("Members", outcome, (*faults, *through, *lines, *more))


def _fault(topology: Topology, group: str) -> str:
    fault = topology.fault(group)
    return f"whom scimgroup/{group} selects is not known: {fault}" if fault else ""


def _ways(topology: Topology, group: str, nested: set[str], user: str) -> str:
    return ", ".join((*_means(topology, group, user), *_through(topology, nested, user)))


def _means(topology: Topology, group: str, user: str) -> Iterator[str]:
    for each in topology.means(group, user):
        yield f"by {each.value}"


def _through(topology: Topology, nested: set[str], user: str) -> Iterator[str]:
    for each in sorted(nested):
        for means in topology.means(each, user):
            yield f"by {means.value} of scimgroup/{each}"


def _state(knowledge: Knowledge, name: str) -> str:
    record = knowledge.namespace.get(Kind.USER, name)
    missing = absence(record, knowledge) if record is None or not _is_there(record, knowledge) else ""
    return f"; {missing}" if missing else ""


def _is_there(record: SourceRecord, knowledge: Knowledge) -> bool:
    entry = knowledge.entries.of(record)
    return bool(entry is not None and entry.id) and knowledge.desired.scopes.of(record).in_scope


def absence(member: SourceRecord | None, knowledge: Knowledge) -> str:
    """Return why a member is not at the service: one who is out of scope will never come by waiting."""
    if member is None:
        return "there is no such manifest"
    scope, entry = knowledge.desired.scopes.of(member), knowledge.entries.of(member)
    if not scope.in_scope:
        return f"out of scope ({scope.reason})"
    return f"not at the service ({entry.verdict.reason})" if entry is not None else "not at the service yet"


def member_of(text: str, knowledge: Knowledge) -> SourceRecord | None:
    """Return the manifest that `scimuser/NAME` or `scimgroup/NAME` names, None where there is none."""
    kind, _, name = text.partition("/")
    return knowledge.namespace.get({each.value.lower(): each for each in Kind}[kind], name)
