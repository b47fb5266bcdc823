"""The settings in force for a service: its profile's, overlaid by discovery, by experience and by the spec."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from scim_operator.core.service.capabilities import (
    BY_TYPE,
    Capabilities,
    MemberForm,
    MemberRemoval,
    Setting,
    Source,
)
from scim_operator.scim.values import attribute, count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scim_operator.core.keys import ResourceType

NAMES = tuple(field.name for field in fields(Capabilities) if field.name not in {"sources", *BY_TYPE})
_ENUMS = {"member_removal": MemberRemoval, "member_form": MemberForm}

MOST_OPERATIONS, LARGEST_PAYLOAD = Capabilities().bulk_operations, Capabilities().bulk_payload
"""Operations and bytes of one bulk request: more would take a service too long to answer in time."""

_TRUTH = {"true": True, "false": False}


@dataclass(slots=True)
class Settings:
    """The four layers, each a mapping from a capability's name to its value; the later wins (`Source`).

    `by_type` is what was learned of one resource type. In the spec, `users` and `groups` are such mappings.
    """

    profile: Capabilities
    discovered: Mapping[str, Any] = field(default_factory=dict)
    learned: Mapping[str, Any] = field(default_factory=dict)
    spec: Mapping[str, Any] = field(default_factory=dict)
    by_type: dict[ResourceType, dict[str, Any]] = field(default_factory=dict)

    def in_force(self) -> Capabilities:
        """Return the settings in force, and the source of each."""
        values: dict[str, Any] = {}
        sources = dict.fromkeys(NAMES, Source.PROFILE)
        for source, layer in self._layers():
            known = {name: value for name, value in layer.items() if name in NAMES and value is not None}
            values.update(known)
            sources.update(dict.fromkeys(known, source))
        values.update({name: enum(values[name]) for name, enum in _ENUMS.items() if name in values})
        general = replace(self.profile, **values, sources=sources)
        return replace(general, users=self._own("users", general), groups=self._own("groups", general))

    def learn(self, name: str, value: object, type: ResourceType | None = None) -> bool:
        """Remember what the service taught, of one type or of all; False when the spec insists on something else."""
        if type is None:
            self.learned = {**self.learned, name: value}
            return self.spec.get(name) is None
        self.by_type.setdefault(type, {})[name] = value
        return self.spec.get(name) is None and self._said_of(type).get(name) is None

    def unlearn(self, name: str, type: ResourceType | None = None) -> None:
        """Forget what was learned under that name."""
        if type is None:
            self.learned = {known: value for known, value in self.learned.items() if known != name}
        else:
            self.by_type.get(type, {}).pop(name, None)

    def _layers(self) -> list[tuple[Source, Mapping[str, Any]]]:
        learned = {**self.learned, **self._learned_of_all()}
        return [(Source.DISCOVERED, self.discovered), (Source.LEARNED, learned), (Source.SPEC, self.spec)]

    def _learned_of_all(self) -> dict[str, Any]:
        """Return what every resource type has taught alike."""
        first, *others = (self.by_type.get(type, {}) for type in BY_TYPE.values())
        return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}

    def _own(self, field: str, general: Capabilities) -> dict[str, Setting]:
        """Return what differs for one resource type."""
        type = BY_TYPE[field]
        learned = {name: value for name, value in self.by_type.get(type, {}).items() if self.spec.get(name) is None}
        own = {name: Setting(value, Source.LEARNED) for name, value in learned.items()}
        own.update({name: Setting(value, Source.SPEC) for name, value in self._said_of(type).items()})
        return {name: setting for name, setting in own.items() if setting.value != getattr(general, name)}

    def _said_of(self, type: ResourceType) -> Mapping[str, Any]:
        """Return what the spec insists on for one resource type."""
        said: Mapping[str, Any] = self.spec.get(next(name for name, each in BY_TYPE.items() if each is type)) or {}
        return {name: value for name, value in said.items() if value is not None}


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
        **_bulk(config),
    }
    return {name: value for name, value in said.items() if value is not None}


def _bulk(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of bulk requests: {} where they are not offered, or with a single operation alone."""
    most, payload = (count(_member(config, "bulk", name)) for name in ("maxOperations", "maxPayloadSize"))
    if not _supported(config, "bulk") or most in {0, 1}:
        return {}
    limits = {"bulk_operations": (most, MOST_OPERATIONS), "bulk_payload": (payload, LARGEST_PAYLOAD)}
    return {"bulk": True, **{name: said for name, (said, most) in limits.items() if said and said < most}}


def pages_by_cursor(content: object) -> bool:
    """Return whether a ServiceProviderConfig says that lists are paged by cursor and not by index (RFC 9865)."""
    config = _first_object(content)
    cursor, index = (_true(_member(config, "pagination", name)) for name in ("cursor", "index"))
    return cursor is True and index is False


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
    return _true(_member(config, feature, "supported"))


def _true(value: object) -> bool | None:
    if isinstance(value, str):
        return _TRUTH.get(value[:16].strip().lower())
    return value if isinstance(value, bool) else None


def _smaller_page(config: Mapping[str, Any], page_size: int) -> int | None:
    """Return `filter.maxResults`, or RFC 9865's `pagination.maxPageSize`, where it is below what we would ask for."""
    limits = [_member(config, "filter", "maxResults"), _member(config, "pagination", "maxPageSize")]
    smallest = min(filter(None, map(count, limits)), default=page_size)
    return smallest if smallest < page_size else None
