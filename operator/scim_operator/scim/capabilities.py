"""The settings in force for a service: its profile's, overlaid by discovery, by experience and by the spec."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from scim_operator.core.service.capabilities import Capabilities, MemberRemoval, Source
from scim_operator.scim.reading import attribute, count

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = tuple(field.name for field in fields(Capabilities) if field.name != "sources")

_TRUTH = {"true": True, "false": False}


@dataclass(slots=True)
class Settings:
    """The four layers, each a mapping from a capability's name to its value; the later wins (`Source`)."""

    profile: Capabilities
    discovered: Mapping[str, Any] = field(default_factory=dict)
    learned: Mapping[str, Any] = field(default_factory=dict)
    spec: Mapping[str, Any] = field(default_factory=dict)

    def in_force(self) -> Capabilities:
        """Return the settings in force, and the source of each."""
        values: dict[str, Any] = {}
        sources = dict.fromkeys(NAMES, Source.PROFILE)
        for source, layer in self._layers():
            known = {name: value for name, value in layer.items() if name in NAMES and value is not None}
            values.update(known)
            sources.update(dict.fromkeys(known, source))
        if "member_removal" in values:
            values["member_removal"] = MemberRemoval(values["member_removal"])
        return replace(self.profile, **values, sources=sources)

    def learn(self, name: str, value: object) -> bool:
        """Remember what the service taught; False when the spec insists on something else, so that nothing changes."""
        self.learned = {**self.learned, name: value}
        return self.spec.get(name) is None

    def unlearn(self, name: str) -> None:
        """Forget what was learned under that name."""
        self.learned = {known: value for known, value in self.learned.items() if known != name}

    def _layers(self) -> list[tuple[Source, Mapping[str, Any]]]:
        return [(Source.DISCOVERED, self.discovered), (Source.LEARNED, self.learned), (Source.SPEC, self.spec)]


def read_provider_config(content: object, *, page_size: int) -> dict[str, Any]:
    """Read a ServiceProviderConfig (RFC 7643 section 5), field by field: an odd one hides none of the others.

    A bare array and a ListResponse of one are accepted too. The page size only ever becomes smaller than `page_size`.
    """
    config = _first_object(content)
    said = {
        "patch": _supported(config, "patch"),
        "filter": _supported(config, "filter"),
        "etag": _supported(config, "etag"),
        "page_size": _smaller_page(config, page_size),
    }
    return {name: value for name, value in said.items() if value is not None}


def _first_object(content: object) -> Mapping[str, Any]:
    if isinstance(content, dict):
        inner = attribute(content, "Resources")
        return _first_object(inner) if isinstance(inner, list) else content
    if isinstance(content, list) and content:
        return _first_object(content[0])
    return {}


def _member(config: Mapping[str, Any], feature: str, name: str) -> object:
    section = attribute(config, feature)
    value: object = attribute(section, name) if isinstance(section, dict) else None
    return value


def _supported(config: Mapping[str, Any], feature: str) -> bool | None:
    value = _member(config, feature, "supported")
    if isinstance(value, str):
        return _TRUTH.get(value[:16].strip().lower())
    return value if isinstance(value, bool) else None


def _smaller_page(config: Mapping[str, Any], page_size: int) -> int | None:
    """Return `filter.maxResults`, or RFC 9865's `pagination.maxPageSize`, where it is below what we would ask for."""
    limits = [_member(config, "filter", "maxResults"), _member(config, "pagination", "maxPageSize")]
    smallest = min(filter(None, map(count, limits)), default=page_size)
    return smallest if smallest < page_size else None
