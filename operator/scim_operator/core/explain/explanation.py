"""The explanation of one object, step by step: the facts, the decision and what would be sent, as a value.

The steps are those of Entra's provisioning on demand. Values of sensitive attributes never enter an explanation.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scim_operator.api.enums import Adoption, Apply
from scim_operator.core.attributes.diff import changes
from scim_operator.core.attributes.equality import unassigned
from scim_operator.core.attributes.paths import CLEARED, MISSING
from scim_operator.core.attributes.schema import Returned
from scim_operator.core.decision.adoption import strictest
from scim_operator.core.decision.contention import named
from scim_operator.core.decision.stored import is_reformatted, is_unshown
from scim_operator.core.mapping.mapping import left_over
from scim_operator.core.wording import REDACTED, in_utc
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.core.attributes.diff import AttributeChange
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.decision.facts import Facts, Rules
    from scim_operator.core.explain.obstacles import Obstacle
    from scim_operator.core.expressions import Activation
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.mapping.mapping import CompiledMapping
    from scim_operator.core.plan.plan import Plan
    from scim_operator.core.resource import Document, JsonValue
    from scim_operator.core.scope.expression import ScopeExpression
    from scim_operator.core.scope.scope import FilterTrace, Scoping


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, how it went in a few words, and the details as lines."""

    name: str
    outcome: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """One attribute by its mapping, beside what the service has; texts, in which what is sensitive is redacted."""

    attribute: str
    wanted: str
    there: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Steps in their order, and one sentence about what would happen and why.

    `attributes` are there where the service was asked.
    """

    subject: str
    config: str
    steps: tuple[Step, ...]
    conclusion: str
    attributes: tuple[Beside, ...] = ()


def imported(facts: Facts, groups: Iterable[str] = ()) -> Step:
    """Return what the manifest is, as far as provisioning cares; `groups` are those that a user is in."""
    record = facts.record
    notes = [f"generation {record.generation}"]
    if record.deleting:
        notes.append("it is being deleted")
    if record.undeleting:
        notes.append("its deletion was taken back: it stays, and scim-operator undelete creates the manifest again")
    if record.suspended:
        notes.append("spec.suspend is true: nothing is sent for it")
    if record.document.get("active") is False:
        notes.append("active is false")
    window = record.window
    if window is not None:
        notes += [f"notBefore {in_utc(window.begin)}"] if window.begin else []
        notes += [f"notAfter {in_utc(window.end)}"] if window.end else []
    notes += [f"in the groups {listed}"] if (listed := ", ".join(groups)) else []
    return Step("Import", f"{record.key} of namespace {record.key.namespace}", tuple(notes))


def configured(obstacles: Iterable[Obstacle]) -> Step:
    """Return whether the config sends anything now, and if not, why."""
    listed = tuple(obstacles)
    if not listed:
        return Step("Config", "sends")
    return Step("Config", f"sends nothing ({listed[0].reason})", tuple(each.message for each in listed))


def connected(url: str, reason: str = "", message: str = "") -> Step:
    """Return whether the service was reached from where the question is asked; else the reason, and what to do."""
    if not reason:
        return Step("Connection", "reached", (url,))
    return Step("Connection", f"not reached ({reason})", (url, message))


def scoped(facts: Facts, scoping: Scoping, activation: Activation, assigned: Iterable[str] = ()) -> Step:
    """Return whether it is in scope, with each clause of each filter; `assigned` are the assignments that name it."""
    scope = facts.scope
    if scope.undecided:
        outcome = "cannot be known: it stays as it is"
    else:
        outcome = "in scope" if scope.in_scope else f"out of scope ({scope.reason})"
    details = [scope.message, *(f"assigned by {each}" for each in assigned)]
    for each in scoping.explain(facts.record.document):
        details += _clauses(each)
    if scoping.expression is not None:
        details.append(_expression(scoping.expression, activation))
    return Step("Scope", outcome, tuple(filter(None, details)))


def _expression(expression: ScopeExpression, activation: Activation) -> str:
    """Return how the expression evaluates, even where something else decided: it may fail, or decide next time."""
    try:
        return f"{_mark(expression.passes(activation))} {expression.field}"
    except InvalidSpec:
        return f"?   {expression.field} fails for this object"


def _clauses(trace: FilterTrace) -> list[str]:
    lines = [f"{_mark(trace.passed)} filter '{trace.title}'"]
    for clause in trace.clauses:
        absent = "" if clause.assigned else " (the attribute has no value)"
        text = f"{clause.attribute} {clause.operator} {clause.operand}".rstrip()
        lines.append(f"  {_mark(clause.passed)} {text}{absent}")
    return lines


def _mark(passed: bool) -> str:  # noqa: FBT001 - the value itself
    return "yes" if passed else "no "


@dataclass(frozen=True, slots=True)
class Search:
    """The search for a match."""

    found: tuple[tuple[AttributePath, int], ...] = ()
    """How many resources have the record's value, by matching attribute."""
    gone: str = ""
    """The recorded id, where the service no longer has it."""
    rivals: Mapping[ObjectKey, tuple[str, ...]] | None = None
    """Who claims the same, each with what is in common ("id": the resource on record); None where no one was asked."""
    unasked: str = ""
    """Why others could not be asked."""


def matched(facts: Facts, rules: Rules, search: Search) -> Step:
    """Return what it was matched with, and who else claims that."""
    if not rules.enabled:
        return Step("Match", "not asked, as no request is sent for this kind")
    return _matched(facts, rules, search)


def _matched(facts: Facts, rules: Rules, search: Search) -> Step:
    details = [f"{path}: {number} at the service" for path, number in search.found]
    match, entry = facts.match, facts.entry
    if entry is not None and entry.id:
        details.insert(0, f"recorded id: {entry.id}")
    if search.gone:
        details.insert(0, f"recorded id: {search.gone}, which the service no longer has")
    if search.rivals == {} and search.unasked:
        details.append("no other manifest of this namespace claims the same")
    elif search.rivals or (not search.unasked and (search.rivals is not None or match.by == "id")):
        details += _claims(search.rivals, facts.record.key)
    if search.unasked:
        details.append(search.unasked)
    if match.ambiguous:
        return Step("Match", f"several resources, by {match.by}", (*details, *match.ambiguous))
    if match.document is None:
        # An unwanted resource is found only by what proves that it is ours.
        others = facts.desired is None and any(number for _, number in search.found)
        return Step("Match", "nothing of ours at the service" if others else "nothing at the service", tuple(details))
    return Step("Match", f"{match.document['id']}, by {match.by}: {_whose(facts, rules)}", tuple(details))


def _claims(rivals: Mapping[ObjectKey, tuple[str, ...]] | None, home: ObjectKey) -> list[str]:
    if rivals is None:
        return ["no other manifest claims the same, as the operator saw last"]
    if not rivals:
        return ["no other manifest claims the same"]
    return [f"{named(key, home)} {_in_common(shared)}" for key, shared in sorted(rivals.items())]


def _in_common(shared: tuple[str, ...]) -> str:
    paths = [each for each in shared if each != "id"]
    parts = [f"has the same {' and '.join(paths)}"] if paths else []
    return " and ".join([*parts, *(["has that resource on record"] if "id" in shared else [])])


def _whose(facts: Facts, rules: Rules) -> str:
    match = facts.match
    if match.owned:
        return "ours"
    if match.other:
        return f"it carries the mark of {match.other}"
    if match.owner is not None:
        return f"{named(match.owner, facts.record.key)}'s"
    return f"no one's, {_ADOPTION[strictest(rules.adoption, facts.record.adoption)]}"


_ADOPTION = {
    Adoption.APPROVE: "and taken over by approval alone: adoption is Approve",
    Adoption.IF_UNOWNED: "and taken over: adoption is IfUnowned",
    Adoption.NEVER: "and left so: adoption is Never",
}


def mapped(facts: Facts, rules: Rules) -> Step:
    """Return what each mapping asks for, beside what the service has."""
    if facts.fault:
        return Step("Mapping", "an expression fails", (facts.fault,))
    if facts.desired is None:
        return Step("Mapping", "not wanted at the service")
    unlike = _unlike(facts, rules)
    rows = [_mapping(each, facts, unlike) for each in rules.mappings]
    differing = sum(verdict in _DUE for verdict in unlike.values())
    return Step("Mapping", f"{differing} of {len(facts.desired)} attributes differ", tuple(filter(None, rows)))


def beside(facts: Facts, rules: Rules) -> tuple[Beside, ...]:
    """Return each attribute of the mappings beside what the service has; nothing where an expression fails."""
    if facts.fault:
        return ()
    unlike = _unlike(facts, rules) if facts.desired is not None else {}
    return tuple(filter(None, (_beside(each, facts, unlike) for each in rules.mappings)))


_DIFFERS, _CLEARED = "differs", "applied before and absent now, to be taken away"
_OWN_FORM = "the service keeps it in a form of its own"
_FIXED = "the service keeps it as first set"
_UNSEEN = "not compared, for the service never shows it"
_DUE = (_DIFFERS, _CLEARED)
"""Remarks on attributes that are to be changed; the others stay as they are."""


def _unlike(facts: Facts, rules: Rules) -> dict[AttributePath, str]:
    """Return what is not as wanted, with remarks on it: as in `decision.py`, not all of it is fixed."""
    desired, entry = facts.desired or {}, facts.entry
    clear = left_over(entry.applied if entry else (), desired, rules.mappings)
    verdicts = {}
    for change in changes(desired, facts.match.document or {}, clear=clear):
        if change.path in rules.immutable and facts.match.document is not None and not is_unshown(facts, change):
            verdicts[change.path] = _FIXED
        elif is_reformatted(facts, change):
            verdicts[change.path] = _OWN_FORM
        else:
            verdicts[change.path] = _CLEARED if change.path in clear else _DIFFERS
    return verdicts


def _beside(mapping: CompiledMapping, facts: Facts, unlike: Mapping[AttributePath, str]) -> Beside | None:
    """Return an attribute that either side has; None for one that neither has."""
    there = mapping.target.read(facts.match.document) if facts.match.document else MISSING
    wanted = (facts.desired or {}).get(mapping.target, MISSING)
    if wanted is MISSING and unassigned(there):
        return None
    verdict = unlike.get(mapping.target) or _alike(mapping, facts, wanted)
    return Beside(str(mapping.target), _shown(wanted, mapping), _shown(there, mapping), verdict)


def _alike(mapping: CompiledMapping, facts: Facts, wanted: JsonValue) -> str:
    if facts.desired is None:
        return "not wanted at the service"
    if wanted is MISSING:
        return "only on creation" if mapping.on_create else "not managed"
    return _UNSEEN if mapping.target.characteristics.returned is Returned.NEVER else "equal"


def _mapping(mapping: CompiledMapping, facts: Facts, unlike: Mapping[AttributePath, str]) -> str:
    found = _beside(mapping, facts, unlike)
    if found is None:
        return ""
    if (facts.desired or {}).get(mapping.target, MISSING) is MISSING:
        return f"{mapping.target}: {found.verdict}; the service has {found.there}"
    has = f"; the service has {found.there}" if mapping.target in unlike and facts.match.document else ""
    return f"{mapping.target} = {found.wanted} ({_origin(mapping)}): {found.verdict}{has}"


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


def planned(plan: Plan, rules: Rules, most: int, pending: Mapping[str, str] | None = None) -> Step:
    """Return what would be done, with each change; lists are cut after `most`. `pending` says why members wait."""
    sensitive = rules.sensitive
    details = [_change(change, sensitive) for change in plan.changes]
    for sign, members in (("+", plan.member_adds), ("-", plan.member_removals)):
        details += [f"{sign} member {member.name or member.id}" for member in members]
    details += [f"waits for {name}{_because((pending or {}).get(name))}" for name in plan.pending]
    outcome = str(plan.verb) if plan.verb else "nothing to send"
    holds = f"afterwards: {plan.verdict.message}" if plan.verb else plan.verdict.message
    return Step("Plan", f"{outcome} ({plan.verdict.reason})", cut([holds, *details], most))


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def _change(change: AttributeChange, sensitive: Iterable[AttributePath]) -> str:
    if any(map(change.path.overlaps, sensitive)):
        return f"{change.path}: {REDACTED}"
    old = "nothing" if unassigned(change.old) else repr(change.old)
    return f"{change.path}: {old} -> {'nothing' if change.new is CLEARED else repr(change.new)}"


def cut(lines: list[str], most: int) -> tuple[str, ...]:
    """Return at most so many lines (0: all), and how many more there are."""
    if not most or len(lines) <= most:
        return tuple(lines)
    return (*lines[:most], f"and {len(lines) - most} more")


def redacted(plan: Plan, rules: Rules) -> Plan:
    """Return the plan with what is sensitive replaced, so that its requests can be shown."""
    sensitive = rules.sensitive
    hidden = tuple(
        replace(change, new=_stand_in(change.path, change.new))
        if change.new is not CLEARED and any(map(change.path.overlaps, sensitive))
        else change
        for change in plan.changes
    )
    return replace(plan, changes=hidden, document=concealed(plan.document, rules))


def concealed(document: Document | None, rules: Rules) -> Document | None:
    """Return the resource with what is sensitive replaced: a PUT sends all of it, what does not change as well."""
    if document is None or not (sensitive := rules.sensitive):
        return document
    copied = copy.deepcopy(document)
    for path in sensitive:
        if not unassigned(value := path.read(copied)):
            path.write(copied, _stand_in(path, value))
    return copied


def _stand_in(path: AttributePath, value: JsonValue) -> JsonValue:
    """Return what stands for a value: of an element, what selects it stays."""
    if not (path.comparisons and not path.sub_attribute and isinstance(value, dict)):
        return REDACTED
    selects = {each.sub_attribute.name.lower() for each in path.comparisons}
    return {name: part if name.lower() in selects else REDACTED for name, part in value.items()}
