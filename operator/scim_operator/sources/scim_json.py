"""Resources from files of JSON, as a service answers them: ListResponses, lists, or single resources."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from scim_operator.core.keys import ResourceType
from scim_operator.core.resource import CORE_GROUP, CORE_USER
from scim_operator.errors import InvalidSpec
from scim_operator.scim import reading
from scim_operator.scim.values import Unreadable, attribute, count
from scim_operator.sources.pages import note, parsed
from scim_operator.sources.scim_source import TYPES, ScimSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.core.resource import Document, JsonValue

_SCHEMAS = {CORE_USER.lower(): ResourceType.USER, CORE_GROUP.lower(): ResourceType.GROUP}


def read_files(files: Iterable[tuple[str, bytes]]) -> ScimSource:
    """Return the resources of files, by name and content. Errors: InvalidSpec, where one is broken, or pages lack.

    A resource that stands in two files, as where pages overlap, counts once.
    """
    found: dict[ResourceType, dict[str, Document]] = defaultdict(dict)
    totals: dict[ResourceType, int] = defaultdict(int)
    for name, body in files:
        types = set()
        content = parsed(name, body)
        for number, each in enumerate(_resources(name, content), 1):
            type, document = _resource(f"{name}: resource {number}", each)
            types.add(type)
            note(found[type], document["id"], document, f"{name}: resource {number}")
        if len(types) == 1 and isinstance(content, dict):
            (type,) = types
            totals[type] = max(totals[type], count(attribute(content, "totalResults")) or 0)
    _check_totals(found, totals)
    groups = found[ResourceType.GROUP].values()
    resources = {type: [*documents.values()] for type, documents in found.items()}
    return ScimSource(resources, shows_members=any("members" in group for group in groups))


def _check_totals(found: Mapping[ResourceType, Mapping[str, Document]], totals: Mapping[ResourceType, int]) -> None:
    """Refuse files that are not all of a listing, or not of one. Errors: InvalidSpec."""
    for type, total in totals.items():
        number = len(found[type])
        if total > number:
            raise InvalidSpec(f"the files have {number} of {total} {type.value}s that the service has; give all pages")
        if 0 < total < number:
            raise InvalidSpec(
                f"the files have {number} {type.value}s, and announce {total}: they are of several listings; export "
                "all at once"
            )


def _resources(name: str, content: JsonValue) -> list[JsonValue]:
    if isinstance(content, list):
        return content
    if not isinstance(content, dict):
        raise InvalidSpec(f"{name}: is no SCIM resource, no list of them and no ListResponse; export it again")
    listed, total = attribute(content, "Resources"), count(attribute(content, "totalResults"))
    if listed is None and total is None:
        return [content]
    if not isinstance(listed or [], list) or (total and not listed):
        raise InvalidSpec(f"{name}: announces {total or 'some'} resources and has none; export it again")
    return listed or []


def _resource(place: str, content: JsonValue) -> tuple[ResourceType, Document]:
    try:
        document = reading.resource(content)
    except Unreadable as error:
        raise InvalidSpec(f"{place}: cannot be used: {error}; export it again") from None
    meta = document.get("meta")
    named = attribute(meta, "resourceType") if isinstance(meta, dict) else None
    schemas = [each.lower() for each in document.get("schemas", ()) if isinstance(each, str)]
    types = [TYPES.get(named.lower())] if isinstance(named, str) else [_SCHEMAS.get(each) for each in schemas]
    found = next((each for each in types if each is not None), None)
    if found is None:
        raise InvalidSpec(f"{place}: is neither a User nor a Group by its schemas; leave it out of the file")
    return found, document
