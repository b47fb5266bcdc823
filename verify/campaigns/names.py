"""Which userName each manifest is to have when a campaign ends."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from verify.campaigns.outcome import own_name
from verify.manifests import user

if TYPE_CHECKING:
    from collections.abc import Mapping

    Specs = Mapping[str, Mapping[str, Any]]
    """The specs of users by the names of their manifests."""


def is_own(name: str, spec: Mapping[str, Any]) -> bool:
    """Return whether a manifest asks for a userName of the person whom it is named after."""
    return own_name(spec["userName"]) == own_name(name)


def own_names(specs: Specs) -> dict[str, str]:
    """Return a userName of its own for each."""
    return {name: spec["userName"] if is_own(name, spec) else _first(name) for name, spec in specs.items()}


def settled(specs: Specs, held: Mapping[str, str]) -> dict[str, str]:
    """Return one of its own for each but those who claim what no one else is to have, and hold what no one else wants.

    `held` are the userNames that they have at the service. So no ring of people comes about who wait for one another.
    """
    own = own_names(specs)
    there = {own_name(name) for name in specs}
    asked = Counter(spec["userName"] for spec in specs.values())
    for name, spec in specs.items():
        free = own_name(spec["userName"]) not in there and asked[spec["userName"]] == 1
        if free and own_name(held.get(name, name)) == own_name(name):
            own[name] = spec["userName"]
    return own


def _first(name: str) -> str:
    own: str = user(own_name(name))["userName"]
    return own
