"""Capabilities of a service, as a value: profile, discovery, the config's overrides and what was learned, merged."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from scim_operator.api.enums import MemberForm, MemberRemoval
from scim_operator.core.keys import ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = ["BY_TYPE", "Capabilities", "MemberForm", "MemberRemoval", "Setting", "Source"]


class Source(StrEnum):
    """The origin of the setting in force; the later wins."""

    PROFILE = "Profile"
    DISCOVERED = "Discovered"
    LEARNED = "Learned"
    SPEC = "Spec"


BY_TYPE = {"users": ResourceType.USER, "groups": ResourceType.GROUP}
"""The fields that have what holds for one resource type only."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting in force for one resource type, and where it came from."""

    value: object
    source: Source


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The settings in force for one service. `sources` names, per field, where it came from (default: the profile).

    `users` and `groups` have, by name, what holds for that resource type only.
    """

    patch: bool = True
    filter: bool = True
    etag: bool = False
    page_size: int = 100
    member_chunk: int = 100
    member_removal: MemberRemoval = MemberRemoval.PATH_FILTER
    nested_groups: bool = False
    verify_members: bool = False
    member_form: MemberForm = MemberForm.VALUE
    put_id: bool = True
    bulk: bool = False
    bulk_operations: int = 100
    bulk_payload: int = 1_048_576
    users: Mapping[str, Setting] = field(default_factory=dict)
    groups: Mapping[str, Setting] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)

    def of(self, type: ResourceType) -> Capabilities:
        """Return what is in force for one resource type."""
        own = self.users if type is ResourceType.USER else self.groups
        if not own:
            return self
        values = {name: setting.value for name, setting in own.items()}
        sources = {**self.sources, **{name: setting.source for name, setting in own.items()}}
        return replace(self, **values, users={}, groups={}, sources=sources)  # type: ignore[arg-type]

    def is_insisted(self, name: str) -> bool:
        """Return whether the config insists on the setting of that name."""
        return self.sources.get(name) is Source.SPEC
