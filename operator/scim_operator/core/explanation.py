"""Why one object is treated as it is, step by step: the facts, the decision and what would be sent, as a value.

The steps are those of Entra's provisioning on demand. Values of sensitive attributes never enter an explanation.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scim_operator.api.enums import Apply
from scim_operator.core.diff import changes
from scim_operator.core.equality import unassigned
from scim_operator.core.paths import CLEARED, MISSING
from scim_operator.core.wording import REDACTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scim_operator.core.diff import AttributeChange
    from scim_operator.core.expressions import Activation
    from scim_operator.core.facts import Facts, Rules
    from scim_operator.core.mapping import CompiledMapping
    from scim_operator.core.paths import AttributePath
    from scim_operator.core.plan import Plan
    from scim_operator.core.resource import Document, JsonValue
    from scim_operator.core.scope import FilterTrace, Scoping


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, how it went in a few words, and the details as lines."""

    name: str
    outcome: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The steps in their order, and one sentence about what would happen and why."""

    subject: str
    config: str
    steps: tuple[Step, ...]
    conclusion: str


def imported(facts: Facts) -> Step:
    """What the manifest is, as far as provisioning cares."""
    record = facts.record
    notes = [f"generation {record.generation}"]
    if record.deleting:
        notes.append("it is being deleted")
    if record.suspended:
        notes.append("spec.suspend is true: nothing is sent for it")
    if record.document.get("active") is False:
        notes.append("active is false")
    return Step("Import", f"{record.key} of namespace {record.key.namespace}", tuple(notes))


def scoped(facts: Facts, scoping: Scoping, activation: Activation) -> Step:
    """Whether it is in scope, with each clause of each filter."""
    outcome = "in scope" if facts.scope.in_scope else f"out of scope ({facts.scope.reason})"
    details = [facts.scope.message]
    document = facts.record.document
    for each in scoping.explain(document):
        details += _clauses(each)
    if scoping.expression is not None and not facts.scope.undecided:
        passed = scoping.expression.passes(activation)
        details.append(f"{_mark(passed)} {scoping.expression.field}")
    return Step("Scope", outcome, tuple(filter(None, details)))


def _clauses(trace: FilterTrace) -> list[str]:
    lines = [f"{_mark(trace.passed)} filter '{trace.title}'"]
    for clause in trace.clauses:
        absent = "" if clause.assigned else " (the attribute has no value)"
        text = f"{clause.attribute} {clause.operator} {clause.operand}".rstrip()
        lines.append(f"  {_mark(clause.passed)} {text}{absent}")
    return lines


def _mark(passed: bool) -> str:  # noqa: FBT001 - the value itself
    return "yes" if passed else "no "


def matched(facts: Facts, found: Iterable[tuple[AttributePath, int]]) -> Step:
    """What it was matched with; `found` has, by matching attribute, how many resources have the record's value."""
    details = [f"{path}: {number} at the service" for path, number in found]
    match, entry = facts.match, facts.entry
    if entry is not None and entry.id:
        details.insert(0, f"recorded id: {entry.id}")
    if match.ambiguous:
        return Step("Match", f"several resources, by {match.by}", tuple(details))
    if match.document is None:
        return Step("Match", "nothing at the service", tuple(details))
    whose = (
        "ours"
        if match.owned
        else f"{match.owner}'s"
        if match.owner
        else "nobody's among the manifests that were looked at"
    )
    return Step("Match", f"{match.document['id']}, by {match.by}: {whose}", tuple(details))


def mapped(facts: Facts, rules: Rules) -> Step:
    """What each mapping asks for, beside what the service has."""
    if facts.fault:
        return Step("Mapping", "an expression fails", (facts.fault,))
    if facts.desired is None:
        return Step("Mapping", "not wanted at the service")
    differing = {change.path for change in changes(facts.desired, facts.match.document or {})}
    rows = [_mapping(each, facts, differing) for each in rules.mappings]
    return Step("Mapping", f"{len(differing)} of {len(facts.desired)} attributes differ", tuple(filter(None, rows)))


def _mapping(mapping: CompiledMapping, facts: Facts, differing: set[AttributePath]) -> str:
    there = mapping.target.read(facts.match.document) if facts.match.document else MISSING
    wanted = (facts.desired or {}).get(mapping.target, MISSING)
    if wanted is MISSING and unassigned(there):
        return ""
    if wanted is MISSING:
        why = "only on creation" if mapping.on_create else "not managed"
        return f"{mapping.target}: {why}; the service has {_shown(there, mapping)}"
    verdict = "differs" if mapping.target in differing else "equal"
    has = f"; the service has {_shown(there, mapping)}" if mapping.target in differing and facts.match.document else ""
    return f"{mapping.target} = {_shown(wanted, mapping)} ({_origin(mapping)}): {verdict}{has}"


def _origin(mapping: CompiledMapping) -> str:
    if mapping.expression is not None:
        origin = "expression"
    elif mapping.source is not None:
        origin = "source" if mapping.source == mapping.target else f"source {mapping.source}"
    else:
        origin = "constant"
    return origin if mapping.apply is Apply.ALWAYS else f"{origin}, {mapping.apply}"


def _shown(value: JsonValue, mapping: CompiledMapping) -> str:
    if unassigned(value):
        return "nothing"
    return REDACTED if mapping.sensitive else repr(value) if isinstance(value, str) else str(value)


def planned(plan: Plan, rules: Rules, most: int) -> Step:
    """What would be done, with each change; lists are cut after `most`."""
    sensitive = rules.sensitive
    details = [_change(change, sensitive) for change in plan.changes]
    for sign, members in (("+", plan.member_adds), ("-", plan.member_removals)):
        details += [f"{sign} member {member.name or member.id}" for member in members]
    details += [f"waits for {name}" for name in plan.pending]
    outcome = str(plan.verb) if plan.verb else "nothing to send"
    return Step("Plan", f"{outcome} ({plan.verdict.reason})", cut([plan.verdict.message, *details], most))


def _change(change: AttributeChange, sensitive: Iterable[AttributePath]) -> str:
    if any(map(change.path.overlaps, sensitive)):
        return f"{change.path}: {REDACTED}"
    old = "nothing" if unassigned(change.old) else repr(change.old)
    return f"{change.path}: {old} -> {'nothing' if change.new is CLEARED else repr(change.new)}"


def cut(lines: list[str], most: int) -> tuple[str, ...]:
    """At most so many lines (0: all), and how many there are besides."""
    if not most or len(lines) <= most:
        return tuple(lines)
    return (*lines[:most], f"and {len(lines) - most} more")


def redacted(plan: Plan, rules: Rules) -> Plan:
    """The plan with what is sensitive replaced, so that its requests can be shown."""
    sensitive = rules.sensitive
    hidden = tuple(
        replace(change, new=_stand_in(change.path, change.new))
        if change.new is not CLEARED and any(map(change.path.overlaps, sensitive))
        else change
        for change in plan.changes
    )
    return replace(plan, changes=hidden, document=concealed(plan.document, rules))


def concealed(document: Document | None, rules: Rules) -> Document | None:
    """The resource with what is sensitive replaced: a PUT sends all of it, what does not change as well."""
    if document is None or not (sensitive := rules.sensitive):
        return document
    copied = copy.deepcopy(document)
    for path in sensitive:
        if not unassigned(value := path.read(copied)):
            path.write(copied, _stand_in(path, value))
    return copied


def _stand_in(path: AttributePath, value: JsonValue) -> JsonValue:
    """What stands for a value: of an element, what selects it stays."""
    if not (path.comparisons and not path.sub_attribute and isinstance(value, dict)):
        return REDACTED
    selects = {each.sub_attribute.name.lower() for each in path.comparisons}
    return {name: part if name.lower() in selects else REDACTED for name, part in value.items()}


def conclusion(facts: Facts, plan: Plan, when: str) -> str:
    """One sentence: what would happen, and why."""
    if plan.verb is None:
        return f"Nothing would be sent: {plan.verdict.message}"
    return f"{plan.verb} would be sent{when}. {facts.scope.message}".strip()
