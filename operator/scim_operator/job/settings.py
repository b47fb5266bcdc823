"""A ProvisioningConfig, compiled: everything that can be wrong with it is found here, before any object is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scim_operator.api.config import ObjectRules, ProvisioningConfigSpec, ScopeMode, UserRules
from scim_operator.core.assignment import Assignments
from scim_operator.core.facts import Rules
from scim_operator.core.keys import ConfigKey, ResourceType
from scim_operator.core.mapping import compile_mappings
from scim_operator.core.paths import parse
from scim_operator.core.scope import compile_scoping
from scim_operator.scim.profiles import Profile, profile_named

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Settings:
    """What one ProvisioningConfig asks for. `generation` is that of the manifest it was read from."""

    key: ConfigKey
    uid: str
    generation: int
    spec: ProvisioningConfigSpec
    profile: Profile
    rules: Mapping[ResourceType, Rules]
    assignments: Assignments

    @property
    def namespace(self) -> str:
        """The namespace whose users and groups it serves."""
        return self.key.namespace

    @property
    def scope(self) -> ScopeMode:
        """Assigned or All."""
        return self.spec.scope


def settings_of(manifest: Mapping[str, Any]) -> Settings:
    """Compile a ProvisioningConfig as the API server returns it; raises InvalidSpec naming field and mend."""
    metadata = manifest["metadata"]
    spec = ProvisioningConfigSpec.from_manifest(manifest.get("spec") or {})
    profile = profile_named(spec.service.profile)
    return Settings(
        key=ConfigKey(metadata["namespace"], metadata["name"]),
        uid=metadata["uid"],
        generation=metadata["generation"],
        spec=spec,
        profile=profile,
        rules={
            ResourceType.USER: _rules(ResourceType.USER, spec.users, profile),
            ResourceType.GROUP: _rules(ResourceType.GROUP, spec.groups, profile),
        },
        assignments=Assignments.of(spec.assignments),
    )


def _rules(type: ResourceType, rules: ObjectRules, profile: Profile) -> Rules:
    where = f"spec.{type.value.lower()}s"
    return Rules(
        type=type,
        enabled=rules.enabled,
        mappings=compile_mappings(rules.mappings, profile.attributes[type], field=f"{where}.mappings"),
        scoping=compile_scoping(rules.filters, field=f"{where}.filters"),
        matching=tuple(parse(path) for path in rules.matching),
        actions=frozenset(rules.actions),
        adoption=rules.adoption,
        when_out_of_scope=rules.when_out_of_scope,
        when_deleted=rules.when_deleted,
        delete_after=rules.delete_after,
        create_disabled=isinstance(rules, UserRules) and bool(rules.create_disabled),
        required=tuple(parse(path) for path in profile.required[type]),
        immutable=frozenset(parse(path) for path in profile.immutable[type]),
    )
