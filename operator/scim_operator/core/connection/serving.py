"""Election of the config that serves a service which several ProvisioningConfigs of one namespace name.

Each would take resources with a manifest's externalId for its own, and remove those that only the other has in scope.
So one config serves, and the others wait until it leaves (ADR 0017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class ServingState:
    """The relation of one config to services, by their addresses.

    `asks` is the one that it names, "" where it writes to none (mode Plan); `has` the one that it serves, also while it
    finishes there after it has named another. `able` is whether it could begin: it is sound, and not suspended.
    """

    name: str
    created: str
    asks: str
    has: str = ""
    able: bool = True


def serving(service: str, states: Iterable[ServingState]) -> str:
    """Return the name of the config that serves the service, "" when none asks for it.

    That is the one that has it already, able or not: neither an edit elsewhere nor a pause must take a service
    away. Then, of those able to begin, the one created first.
    """
    asking = [each for each in states if service and (each.has == service or (each.able and each.asks == service))]
    return min(asking, key=lambda state: (state.has != service, state.created, state.name)).name if asking else ""
