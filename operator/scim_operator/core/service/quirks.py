"""Quirks of a service, as values: what was found out about it that no capability says, with a sentence for each.

A quirk is in force as long as it is listed; what is taken back is no longer found.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scim_operator.core.keys import ResourceType
    from scim_operator.core.service.capabilities import Capabilities


class Quirk(StrEnum):
    """What a service may do in its own way. An API: names stay stable."""

    TRAILING_SLASH = "TrailingSlash"
    CURSOR_PAGING = "CursorPaging"
    INDEX_FROM_ZERO = "IndexFromZero"
    NO_MATCH_IS_404 = "NoMatchIsNotFound"
    PLAIN_JSON = "PlainJson"
    NOT_FILTERABLE = "NotFilterable"
    PUT_ONLY = "PutOnly"
    HIDDEN_MEMBERS = "HiddenMembers"
    REFORMATTED = "Reformatted"
    BULK_FAILS = "BulkFails"


SENTENCES = {
    Quirk.TRAILING_SLASH: "Its addresses end in a slash: it redirects to those.",
    Quirk.CURSOR_PAGING: "Its lists are read by cursor (RFC 9865): it refuses an index.",
    Quirk.INDEX_FROM_ZERO: "Its lists are read from index 0, where its first resource is.",
    Quirk.NO_MATCH_IS_404: "It answers 404 to a filter that matches nothing.",
    Quirk.PLAIN_JSON: "Bodies are sent as application/json: it refuses application/scim+json.",
    Quirk.NOT_FILTERABLE: "It refuses filters by these attributes, or ignores them: its list is searched instead.",
    Quirk.PUT_ONLY: "It refuses these attributes in a PATCH: they go by PUT.",
    Quirk.HIDDEN_MEMBERS: "It never shows who is in a group: what was sent is taken for what it holds.",
    Quirk.REFORMATTED: "It stores these attributes in another form than sent, or never returns them, of some objects.",
    Quirk.BULK_FAILS: "It offers bulk requests and fails at them: requests go one by one.",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A quirk that was found: of which resource type (None: of all), and for which attributes, where it has any."""

    quirk: Quirk
    type: ResourceType | None = None
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InForce:
    """What is in force of a service: its capabilities, and what else was found out."""

    capabilities: Capabilities
    quirks: tuple[Found, ...] = ()


MOST = 32
"""Attributes that are named of one quirk."""


def by_type(quirk: Quirk, attributes: Iterable[tuple[ResourceType, str]]) -> tuple[Found, ...]:
    """Return one quirk with its attributes for each resource type that has any; the most frequent where too many."""
    return by_count(quirk, Counter(attributes))


def by_count(quirk: Quirk, attributes: Mapping[tuple[ResourceType, str], int]) -> tuple[Found, ...]:
    """Return the same from how often each attribute was found."""
    counts: dict[ResourceType, Counter[str]] = {}
    for (type, attribute), number in attributes.items():
        if number:
            counts.setdefault(type, Counter())[attribute] += number
    return tuple(
        Found(quirk, type, tuple(sorted(name for name, _ in found.most_common(MOST)))) for type, found in counts.items()
    )


def ordered(found: Iterable[Found]) -> tuple[Found, ...]:
    """Return quirks in the order in which they are shown, each once."""
    names = list(Quirk)
    return tuple(sorted(set(found), key=lambda one: (names.index(one.quirk), one.type or "", one.attributes)))


def quirks_to_json(found: Iterable[Found]) -> list[dict[str, Any]]:
    """`status.service.quirks`."""
    return [_to_json(one) for one in ordered(found)]


def _to_json(one: Found) -> dict[str, Any]:
    body: dict[str, Any] = {"name": str(one.quirk), "message": SENTENCES[one.quirk]}
    if one.type is not None:
        body["resourceType"] = str(one.type)
    return {**body, "attributes": list(one.attributes)} if one.attributes else body
