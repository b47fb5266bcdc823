"""An exported Entra synchronization schema (Microsoft Graph's synchronizationSchema), put into a ProvisioningConfig.

What cannot be carried over is never dropped silently: each thing is named, with the reason. A scoping filter with
a clause that cannot be carried over is left out as a whole, because the rest would let more objects in. Where no filter
of several is left, the kind is switched off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.api.enums import UNARY_OPERATORS, Action, Apply, Operator
from scim_operator.core.attributes.paths import MANAGER, parse
from scim_operator.core.attributes.schema import attribute_of, is_defined
from scim_operator.core.entra.attributes import Sources
from scim_operator.core.entra.export import number_in, object_in, objects_in, values_in
from scim_operator.core.expressions import entra, expression
from scim_operator.core.keys import Kind
from scim_operator.core.mapping.compiler import CHANCE, GROUP_VARIABLES, USER_VARIABLES
from scim_operator.core.resource import CORE_GROUP, CORE_USER
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from scim_operator.core.attributes.paths import AttributePath

FLOWS = {
    "Always": Apply.ALWAYS,
    "ObjectAddOnly": Apply.ON_CREATE,
    "AttributeAddOnly": Apply.WHEN_EMPTY,
    "MultiValueAddOnly": Apply.ADD_ONLY,
    "ValueAddOnly": Apply.ADD_ONLY,
}
"""Graph's attribute flow types, in our words."""
ACTIONS = {"Add": Action.CREATE, "Update": Action.UPDATE, "Delete": Action.DELETE}
"""Graph's object flow types, in our words."""
_ACTIVE = frozenset(
    {'Switch([IsSoftDeleted],,"False","True","True","False")', "Not([IsSoftDeleted])", "[accountEnabled]"}
)
"""Entra's ways of saying who is active; leaving the scope is no attribute here, and follows `whenOutOfScope`."""


@dataclass(slots=True)
class Conversion:
    """Spec of the config, without its service, and sentences about what was `left` out or `differs`."""

    spec: dict[str, Any] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)


class NotCarried(Exception):  # noqa: N818 - a reason, handled where the thing is named
    """Something has no counterpart; the message says why."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The base of the config's mappings: the default targets of each kind, and which of them are required.

    `refusal` says why a config with such `users` or `groups` would be refused, "" where it would be taken.
    """

    defaults: Mapping[Kind, Sequence[str]]
    required: Mapping[Kind, Sequence[str]]
    refusal: Callable[[Mapping[str, Any]], str]


def convert_schema(schema: Mapping[str, Any], profile: Profile, *, extension: str = "") -> Conversion:
    """Convert a synchronizationSchema. Raises InvalidSpec where it is not one.

    `extension` is the URN under which manifests hold attributes of Entra that a ScimUser has no field for.
    """
    result = Conversion()
    found: set[Kind] = set()
    # Among several for a kind, enabled ones come first.
    for mapping in sorted(_object_mappings(schema), key=lambda each: each.get("enabled") is False):
        name = str(mapping.get("name") or mapping.get("sourceObjectName") or "an object mapping")
        kind = _kind(mapping)
        if kind is None or kind in found:
            reason = "there is one of that kind already" if kind else "only users and groups are provisioned"
            result.left.append(f"object mapping '{name}': {reason}")
            continue
        found.add(kind)
        _Converter(kind, profile, Sources(kind, extension), result).run(mapping)
    for kind in set(Kind) - found:
        result.spec[_section(kind)] = {"enabled": False}
    return result


def _object_mappings(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rules = objects_in(schema, "synchronizationRules")
    if not rules:
        raise InvalidSpec(
            "This is no synchronization schema: it has no synchronizationRules. Export it with GET "
            "/servicePrincipals/{id}/synchronization/jobs/{jobId}/schema of Microsoft Graph."
        )
    return [each for rule in rules for each in objects_in(rule, "objectMappings")]


def _kind(mapping: Mapping[str, Any]) -> Kind | None:
    return {"user": Kind.USER, "group": Kind.GROUP}.get(str(mapping.get("sourceObjectName")).lower())


def _section(kind: Kind) -> str:
    return "users" if kind is Kind.USER else "groups"


class _Converter:
    """Converts one object mapping into `users` or `groups`."""

    def __init__(self, kind: Kind, profile: Profile, sources: Sources, result: Conversion) -> None:
        self._kind = kind
        self._section = _section(kind)
        self._defaults = [parse(path) for path in profile.defaults[kind]]
        self._required = [parse(path) for path in profile.required[kind]]
        self._refusal = profile.refusal
        self._core = CORE_USER if kind is Kind.USER else CORE_GROUP
        self._sources = sources
        self._variables = USER_VARIABLES if kind is Kind.USER else GROUP_VARIABLES
        self._result = result

    def run(self, mapping: Mapping[str, Any]) -> None:
        rules: dict[str, Any] = {}
        if mapping.get("enabled") is False:
            rules["enabled"] = False
        self._actions(mapping, rules)
        listed = objects_in(mapping, "attributeMappings")
        mappings = self._mappings(listed)
        if matching := self._matching(listed, mappings):
            rules["matching"] = matching
        self._filters(object_in(mapping, "scope"), rules)
        if mappings:
            rules["mappings"] = mappings
        self._result.spec[self._section] = rules

    def _left(self, what: str, why: object) -> None:
        self._result.left.append(f"{self._section}: {what}: {why}")

    def _differs(self, what: str, how: str) -> None:
        self._result.differs.append(f"{self._section}: {what}: {how}")

    def _actions(self, mapping: Mapping[str, Any], rules: dict[str, Any]) -> None:
        named = str(mapping.get("flowTypes") or "Add, Update, Delete")
        actions = [action.value for word, action in ACTIONS.items() if word in named.replace(" ", "").split(",")]
        if len(actions) < len(ACTIONS):
            rules["actions"] = actions

    def _check(self, rules: Mapping[str, Any]) -> None:
        if refusal := self._refusal({self._section: rules}):
            raise NotCarried(refusal)

    def _matching(self, listed: Iterable[Mapping[str, Any]], mappings: list[dict[str, Any]]) -> list[str]:
        """Return the matching attributes by precedence, so far as they are mapped."""
        ordered = sorted(
            (each for each in listed if number_in(each, "matchingPriority") > 0),
            key=lambda each: number_in(each, "matchingPriority"),
        )
        kept: list[str] = []
        for name in (str(each.get("targetAttributeName")) for each in ordered):
            try:
                path = self._spelled(parse(name))
                self._check({"matching": [*kept, path], "mappings": mappings})
                kept.append(path)
            except (NotCarried, InvalidSpec) as error:
                self._left(f"matching by '{name}'", error)
        return kept

    def _mappings(self, listed: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        made: dict[AttributePath, dict[str, Any] | None] = {}
        for each in listed:
            name = str(each.get("targetAttributeName"))
            try:
                target = parse(name)
                if target in made:
                    raise NotCarried("it is mapped twice, and the first is kept")  # noqa: TRY301 - named as the others
                made[target] = self._mapping(self._spelled(target), each)
            except (NotCarried, InvalidSpec) as error:
                self._left(f"target '{name}'", error)
        for default in self._defaults:
            if default not in made and default not in self._required:
                made[default] = {"target": str(default), "ignore": True}
        self._tell_required(listed, made)
        return [mapping for mapping in made.values() if mapping is not None]

    def _spelled(self, path: AttributePath) -> str:
        """Return the path as the API takes it: with the core schema's URN where RFC 7643 has no such attribute."""
        return str(path) if path.urn or is_defined(path.attribute) else f"{self._core}:{path}"

    def _tell_required(self, listed: Iterable[Mapping[str, Any]], made: Mapping[AttributePath, object]) -> None:
        """Report the attributes that use the profile's mapping because the export's own was left out."""
        names = {str(each.get("targetAttributeName")).lower() for each in listed}
        for path in self._required:
            if path not in made and str(path).lower() in names:
                how = "the service requires it, so that the profile's own mapping stands in; review that"
                self._differs(f"target '{path}'", how)

    def _mapping(self, target: str, each: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the mapping; None where the profile's default, or spec.members, does the same."""
        if self._kind is Kind.GROUP and target == "members":
            return None
        mapping: dict[str, Any] = {"target": target}
        self._source(target, each, mapping)
        self._refuse_unknown_reference(target, mapping)
        self._default(target, each, mapping)
        self._apply(target, each, mapping)
        self._check({"mappings": [mapping]})
        plain = mapping == {"target": target, "source": target}
        return None if plain and parse(target) in self._defaults else mapping

    def _source(self, target: str, each: Mapping[str, Any], mapping: dict[str, Any]) -> None:
        source = object_in(each, "source")
        text, kind = str(source.get("expression") or ""), str(source.get("type") or "")
        if target == "active" and text.replace(", ", ",").replace(" ,", ",") in _ACTIVE:
            mapping["source"] = "active"
        elif kind == "Constant" and text:
            mapping["constant"] = _unquoted(text)
        elif kind == "Attribute" or (text.startswith("[") and text.endswith("]") and text.count("[") == 1):
            mapping["source"] = self._path(text.strip("[]") or str(source.get("name")))
        elif text:
            mapping["expression"] = self._expression(target, text, mapping)

    def _refuse_unknown_reference(self, target: str, mapping: Mapping[str, Any]) -> None:
        if MANAGER.covers(parse(target)) and "source" not in mapping:
            raise NotCarried("a reference is known by source: manager alone; map it so")

    def _path(self, name: str) -> str:
        if name == "manager":
            return "manager"
        try:
            return self._sources.path(name)
        except KeyError:
            raise NotCarried(
                f"a manifest has no field for Entra's attribute {name}; put it into spec.extensions and name its URN "
                "with --extension"
            ) from None

    def _expression(self, target: str, text: str, mapping: dict[str, Any]) -> str:
        converted = entra.convert(text, self._sources.expression)
        compiled = expression.compile(converted, variables=self._variables)
        drawn = sorted(compiled.functions & {*CHANCE, "SelectUniqueValue"})
        if drawn:
            mapping["apply"] = Apply.ON_CREATE.value
            self._differs(f"target '{target}'", f"{drawn[0]} chooses once, when the resource is created")
        return converted

    def _default(self, target: str, each: Mapping[str, Any], mapping: dict[str, Any]) -> None:
        default = each.get("defaultValue")
        has_value = any(name in mapping for name in ("source", "expression"))
        if default in (None, ""):
            if not has_value and "constant" not in mapping:
                raise NotCarried("it has neither a source nor a default")
            return
        if "constant" in mapping:
            return
        mapping["default"] = str(default)
        if has_value:
            self._differs(f"target '{target}'", "the default stands in on updates too, not on creation alone")

    def _apply(self, target: str, each: Mapping[str, Any], mapping: dict[str, Any]) -> None:
        named = str(each.get("flowType") or "Always")
        flow = FLOWS.get(named, Apply.ALWAYS)
        if named not in FLOWS:
            self._differs(f"target '{target}'", f"there is no flow type {named}, and Always stands in")
        if mapping.get("expression", "").startswith("AppRoleAssignmentsComplex("):
            flow = Apply.ADD_ONLY  # of the two functions, this one only ever adds
        if flow is Apply.ADD_ONLY and not _is_list(target):
            self._differs(f"target '{target}'", "it has one value, so that adding only means: where it is empty")
            flow = Apply.WHEN_EMPTY
        if flow is not Apply.ALWAYS and "apply" not in mapping and len(mapping) > 1:
            mapping["apply"] = flow.value
        if each.get("exportMissingReferences"):
            self._differs(f"target '{target}'", "a reference is sent when what it names is provisioned")

    def _filters(self, scope: Mapping[str, Any], rules: dict[str, Any]) -> None:
        for unlike in ("inputFilterGroups", "categoryFilterGroups"):
            if scope.get(unlike):
                self._left(f"scope.{unlike}", "what leaves these filters is not deprovisioned; use actions or Retain")
        groups = objects_in(scope, "groups")
        filters: list[dict[str, Any]] = []
        for number, group in enumerate(groups, start=1):
            title = str(group.get("name") or f"Filter {number}")
            try:
                one = self._filter(title, group)
                self._check({"filters": [*filters, one]})
                filters.append(one)
            except (NotCarried, InvalidSpec) as error:
                self._left(f"scoping filter '{title}'", error)
        if filters:
            rules["filters"] = filters
        elif groups:
            rules["enabled"] = False
            self._left("scope", "no scoping filter could be carried over, so that the kind is switched off")

    def _filter(self, title: str, group: Mapping[str, Any]) -> dict[str, Any]:
        clauses = [self._clause(clause) for clause in objects_in(group, "clauses")]
        if not clauses:
            raise NotCarried("it has no clauses, which would let everyone in; say so in the config if that is meant")
        return {"title": title, "clauses": clauses}

    def _clause(self, clause: Mapping[str, Any]) -> dict[str, Any]:
        name = str(clause.get("operatorName"))
        if name not in {operator.value for operator in Operator}:
            raise NotCarried(f"there is no operator {name}")
        operator = Operator(name)
        made: dict[str, Any] = {"attribute": self._path(str(clause.get("sourceOperandName"))), "operator": name}
        values = values_in(object_in(clause, "targetOperand"), "values")
        if operator in UNARY_OPERATORS:
            return made
        if len(values) != 1:
            raise NotCarried(f"{name} has {len(values)} values, and compares with one")
        return {**made, "value": str(values[0])}


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text.startswith('"') and text.endswith('"')
    return text[1:-1].replace('\\"', '"').replace("\\\\", "\\") if quoted else text


def _is_list(target: str) -> bool:
    path = parse(target)
    whole = attribute_of(path.urn, path.attribute)
    return path == path.whole and (whole.multi_valued or not whole.known)
