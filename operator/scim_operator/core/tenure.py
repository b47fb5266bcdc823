"""Who serves a service that several ProvisioningConfigs of one namespace name.

Each of them takes what carries the externalId of a manifest for its own, and removes whom only the other has in scope.
So one serves, and the others wait until it leaves (ADR 0017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Tenure:
    """What one config has to do with services, by their addresses.

    `asks` is the one that it names, "" where it writes to none (mode Plan); `has` the one that it serves, also while it
    finishes there after it has named another.
    """

    name: str
    created: str
    asks: str
    has: str = ""


def serving(service: str, tenures: Iterable[Tenure]) -> str:
    """The name of the config that serves the service, "" when none asks for it.

    That is whoever has it already: an edit elsewhere must not take a service away. Then whoever was created first.
    """
    asking = [tenure for tenure in tenures if service and service in (tenure.asks, tenure.has)]
    return min(asking, key=lambda tenure: (tenure.has != service, tenure.created, tenure.name)).name if asking else ""
