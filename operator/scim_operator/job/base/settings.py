"""A ProvisioningConfig, compiled: everything that can be wrong with it is found here, before any object is touched."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from scim_operator.api.config import ExternalIds, ObjectRules, ProvisioningConfigSpec, ScopeMode, UserRules
from scim_operator.api.protection import ProtectedGroup
from scim_operator.core.attributes.paths import parse
from scim_operator.core.decision.facts import Rules
from scim_operator.core.decision.protection import Chosen, Protection
from scim_operator.core.expressions import Result, compile  # noqa: A004
from scim_operator.core.keys import ConfigKey, ResourceType
from scim_operator.core.mapping.compiler import GROUP_VARIABLES, USER_VARIABLES, compile_mappings
from scim_operator.core.records.approver import approver_of
from scim_operator.core.records.record import SelectedUsers
from scim_operator.core.scope.assignment import Assignments
from scim_operator.core.scope.expression import compile_scope_expression
from scim_operator.core.scope.scope import compile_scoping
from scim_operator.core.secrecy.veil import Veil
from scim_operator.errors import InvalidSpec
from scim_operator.job.base.owner import owner_of, with_owner
from scim_operator.scim.profiles import profile_named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from scim_operator.api.protection import ProtectedUser
    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.expressions import Root
    from scim_operator.core.mapping.mapping import Mappings
    from scim_operator.core.scope.scope import Scoping
    from scim_operator.scim.clock import Clock
    from scim_operator.scim.profile import Profile


@dataclass(frozen=True, slots=True)
class Settings:
    """The compiled form of one ProvisioningConfig. `generation` is that of the manifest it was read from."""

    key: ConfigKey
    uid: str
    generation: int
    spec: ProvisioningConfigSpec
    profile: Profile
    rules: Mapping[ResourceType, Rules]
    assignments: Assignments
    protection: Mapping[ResourceType, Protection]
    veil: Veil = field(default_factory=Veil, compare=False, repr=False)
    """What is secret or sensitive here, as far as it is known by now."""
    approver: str = field(default="", compare=False)
    """Who wrote spec.approvedPlan, "" where that is not known."""

    @property
    def namespace(self) -> str:
        """Return the namespace whose users and groups it serves."""
        return self.key.namespace

    @property
    def enabled(self) -> tuple[ResourceType, ...]:
        """Return the resource types that are provisioned; nothing is listed of the others."""
        return tuple(type for type, rules in self.rules.items() if rules.enabled)

    def without(self, types: Collection[ResourceType]) -> Settings:
        """Return the same with these types switched off."""
        rules = {
            type: replace(rules, enabled=rules.enabled and type not in types) for type, rules in self.rules.items()
        }
        return replace(self, rules=rules)

    @property
    def restrained(self) -> Settings:
        """The same for a quarantine in which the service answers: nothing is sent but what ends access."""
        return replace(self, rules={type: replace(rules, restrained=True) for type, rules in self.rules.items()})

    @property
    def is_restrained(self) -> bool:
        """Return whether nothing is sent but what ends access."""
        return any(rules.restrained for rules in self.rules.values())

    @property
    def covers(self) -> frozenset[ResourceType]:
        """Return the types of which something is sensitive."""
        return frozenset(type for type, rules in self.rules.items() if rules.sensitive)

    @property
    def scope(self) -> ScopeMode:
        """Assigned or All."""
        return self.spec.scope


LONG_TURN = 0.02
"""Seconds of compiling after which others have a turn."""


async def prepare(manifest: Mapping[str, Any], clock: Clock) -> None:
    """Compile a config's expressions one by one, so that `settings_of` finds them; others have half of the time."""
    began = clock.monotonic()
    for _ in _preparing(manifest):
        took = clock.monotonic() - began
        if took > LONG_TURN:
            await clock.sleep(took)
            began = clock.monotonic()


def _preparing(manifest: Mapping[str, Any]) -> Iterator[None]:
    """End at an error: `settings_of` reports it."""
    with contextlib.suppress(InvalidSpec):
        spec = ProvisioningConfigSpec.from_manifest(manifest.get("spec") or {})
        for rules, protected, variables in (
            (spec.users, spec.protected.users, USER_VARIABLES),
            (spec.groups, spec.protected.groups, GROUP_VARIABLES),
        ):
            wanted = [(each.expression, Result.ANY) for each in rules.mappings or ()]
            wanted += [(each.expression, Result.BOOLEAN) for each in (rules, *protected)]
            for text, result in wanted:
                if text:
                    compile(text, variables=variables, result=result)
                    yield


def settings_of(manifest: Mapping[str, Any]) -> Settings:
    """Compile a ProvisioningConfig as the API server returns it; raises InvalidSpec naming field and fix."""
    metadata = manifest["metadata"]
    spec = ProvisioningConfigSpec.from_manifest(manifest.get("spec") or {})
    profile = profile_named(spec.service.profile)
    namespace = metadata["namespace"]
    rules = {
        ResourceType.USER: _rules(ResourceType.USER, spec, profile, namespace),
        ResourceType.GROUP: _rules(ResourceType.GROUP, spec, profile, namespace),
    }
    return Settings(
        key=ConfigKey(metadata["namespace"], metadata["name"]),
        uid=metadata["uid"],
        generation=metadata["generation"],
        spec=spec,
        profile=profile,
        rules=rules,
        assignments=Assignments.of(spec.assignments),
        approver=approver_of(manifest),
        veil=Veil(complete=not any(each.sensitive for each in rules.values())),
        protection={
            ResourceType.USER: _protection(spec.protected.users, "users", USER_VARIABLES),
            ResourceType.GROUP: _protection(
                spec.protected.groups, "groups", GROUP_VARIABLES, floor=spec.protected.min_members
            ),
        },
    )


def _protection(
    entries: Iterable[ProtectedUser | ProtectedGroup], kind: str, variables: Iterable[Root], *, floor: int = 0
) -> Protection:
    names: dict[str, int] = {}
    chosen = []
    for number, entry in enumerate(entries):
        least = entry.min_members if isinstance(entry, ProtectedGroup) else 0
        ref = entry.group_ref if isinstance(entry, ProtectedGroup) else entry.user_ref
        if ref is not None:
            names[ref.name] = max(least, names.get(ref.name, 0))
            continue
        field = f"spec.protected.{kind}[{number}].expression"
        selector = SelectedUsers(tuple(sorted(entry.selector.match_labels.items()))) if entry.selector else None
        chosen.append(Chosen(selector, compile_scope_expression(entry.expression, field, variables), least))
    return Protection(names, tuple(chosen), floor)


def _rules(type: ResourceType, spec: ProvisioningConfigSpec, profile: Profile, namespace: str) -> Rules:
    rules: ObjectRules = spec.users if type is ResourceType.USER else spec.groups
    where = f"spec.{type.value.lower()}s"
    variables = USER_VARIABLES if type is ResourceType.USER else GROUP_VARIABLES
    defaults = profile.attributes[type]
    mappings = compile_mappings(rules.mappings, defaults, field=f"{where}.mappings", variables=variables)
    owner = owner_of(type, spec, namespace)
    mappings = with_owner(mappings, owner, rules.mappings, f"{where}.mappings")
    matching = tuple(parse(path) for path in rules.matching)
    _refuse_selected(mappings, matching, where)
    return Rules(
        type=type,
        enabled=rules.enabled,
        mappings=mappings,
        scoping=_scoping(rules, where, variables),
        matching=matching,
        actions=frozenset(rules.actions),
        adoption=rules.adoption,
        when_out_of_scope=rules.when_out_of_scope,
        when_deleted=rules.when_deleted,
        delete_after=rules.delete_after,
        create_disabled=isinstance(rules, UserRules) and bool(rules.create_disabled),
        required=tuple(parse(path) for path in profile.required[type]),
        immutable=frozenset(parse(path) for path in profile.immutable[type]),
        explicit_id=isinstance(rules, UserRules) and _explicit(rules, profile),
        owner=owner,
        transfer_to=spec.transfer_to or "",
    )


def _scoping(rules: ObjectRules, where: str, variables: Iterable[Root]) -> Scoping:
    expression = compile_scope_expression(rules.expression, f"{where}.expression", variables)
    return compile_scoping(rules.filters, field=f"{where}.filters", expression=expression)


def _explicit(rules: UserRules, profile: Profile) -> bool:
    return (rules.external_id or profile.external_ids) is ExternalIds.REQUIRED


def _refuse_selected(mappings: Mappings, matching: tuple[AttributePath, ...], where: str) -> None:
    """Refuse to choose a matching attribute for being free: the resource would never be found by it."""
    for mapping in mappings:
        if mapping.selects and mapping.target in matching:
            raise InvalidSpec(
                f"{where}.mappings: target '{mapping.target}': SelectUniqueValue chooses a value that is free, but "
                f"{where}.matching finds a value that is taken; remove the attribute from matching"
            )
