"""People and groups as a SCIM service has them: a complete listing, or none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.attributes.paths import MANAGER, MISSING
from scim_operator.core.keys import ResourceType
from scim_operator.scim.values import attribute
from scim_operator.sources.row import SourceRow
from scim_operator.sources.spec import DATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from scim_operator.core.resource import Document
    from scim_operator.scim.client import ScimClient
    from scim_operator.sources.row import Refused

TYPES = {type.value.lower(): type for type in ResourceType}
"""Resource types by what members and `meta.resourceType` call them, in lower case."""
_DATES = frozenset(name.lower() for name in DATES)
_NO_MEMBERS = (
    "The service shows no members of any group, so that groups are imported without: who is in them is not managed "
    "until a manifest says it."
)


class ScimSource:
    """The resources of a service, by type. `shows_members`: whether a group without members is known to be empty."""

    columns = None
    yields = True

    def __init__(self, resources: Mapping[ResourceType, Sequence[Document]], *, shows_members: bool = True) -> None:
        self._resources = resources
        self._shows_members = shows_members or not resources.get(ResourceType.GROUP)

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what a person is told about the service."""
        return () if self._shows_members else (_NO_MEMBERS,)

    def records(self) -> Iterator[SourceRow | Refused]:
        """Yield the resources, users first, in the order of the listing."""
        for type in ResourceType:
            for document in self._resources.get(type, ()):
                yield self._row(type, document)

    def _row(self, type: ResourceType, document: Document) -> SourceRow:
        # Fields of ours are no attributes of a service, whatever it calls its own.
        plain = {name: value for name, value in document.items() if name.lower() not in _DATES}
        plain.pop("password", None)
        manager = MANAGER.read(plain) if type is ResourceType.USER else MISSING
        reference = attribute(manager, "value") if isinstance(manager, dict) else None
        id = f"{type.value}/{document['id']}"
        return SourceRow(
            type.kind,
            f"{type.value} {document['id']}",
            plain,
            plain,
            id=id,
            lasting=id,
            manager=f"{ResourceType.USER.value}/{reference}" if isinstance(reference, str) and reference else "",
            members=self._members(plain) if type is ResourceType.GROUP else None,
        )

    def _members(self, group: Document) -> tuple[str, ...] | None:
        listed = group.get("members") or ()
        if not listed and not self._shows_members:
            return None
        return tuple(f"{_type_of(member)}/{member['value']}" for member in listed if "value" in member)


def _type_of(member: Document) -> str:
    """Return the type of a member, "" where the service does not say."""
    type = member.get("type")
    known = TYPES.get(type.lower()) if isinstance(type, str) else None
    return known.value if known is not None else ""


async def listed(client: ScimClient, types: Iterable[ResourceType]) -> ScimSource:
    """Return all that a service has of these types. Errors: those of the client; IncompleteListing among them."""
    found: dict[ResourceType, list[Document]] = {}
    for type in types:
        found[type] = [document async for page in client.pages(type) for document in page.resources]
    groups = found.get(ResourceType.GROUP, [])
    shown = any(group.get("members") for group in groups)
    if groups and not shown:
        # Some services show members only of a group that is asked for by itself.
        groups = [await client.get(ResourceType.GROUP, group["id"]) or group for group in groups]
        shown = any("members" in group for group in groups)
        found[ResourceType.GROUP] = groups
    return ScimSource(found, shows_members=shown)
