"""What the steps of a campaign ask of the config, as the fields of its spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.campaigns.drawing import COST_CENTER, MANAGER
from verify.manifests import UNLIMITED

if TYPE_CHECKING:
    from collections.abc import Mapping


def config_of(wishes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the config's spec for what the steps asked for."""
    users: dict[str, Any] = {"externalId": "Generated", "adoption": "IfUnowned", "filters": wishes.get("filters", [])}
    users |= {name: wishes[name] for name in ("whenDeleted", "whenOutOfScope") if name in wishes}
    users |= {"expression": wishes["expression"]} if wishes.get("expression") else {}
    users["mappings"] = [{"target": MANAGER, "source": "manager"}] if wishes.get("managers", True) else []
    if wishes.get("computed"):
        users["mappings"].append({"target": COST_CENTER, "expression": 'Join("-", user.enterprise.department, "1")'})
    return {
        "suspend": wishes.get("suspend", False),
        "mode": wishes.get("mode", "Apply"),
        "users": users,
        "groups": {"enabled": wishes.get("groups", True)},
        "scope": wishes.get("scope", "All"),
        "assignments": wishes.get("assignments", []),
        "limits": UNLIMITED,
    }
