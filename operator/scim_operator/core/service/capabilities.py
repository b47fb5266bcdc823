"""Capabilities of a service, as a value: profile, discovery, the config's overrides and what was learned, merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from scim_operator.api.enums import MemberRemoval

if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = ["Capabilities", "MemberRemoval", "Source"]


class Source(StrEnum):
    """The origin of the setting in force; the later wins."""

    PROFILE = "Profile"
    DISCOVERED = "Discovered"
    LEARNED = "Learned"
    SPEC = "Spec"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The settings in force for one service. `sources` names, per field, where it came from (default: the profile)."""

    patch: bool = True
    filter: bool = True
    etag: bool = False
    page_size: int = 100
    member_chunk: int = 100
    member_removal: MemberRemoval = MemberRemoval.PATH_FILTER
    nested_groups: bool = False
    verify_members: bool = False
    sources: Mapping[str, Source] = field(default_factory=dict)
