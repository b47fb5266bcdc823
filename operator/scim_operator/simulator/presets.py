"""Presets: the settings and faults with which the simulated service has the documented habits of another one.

They come from public documents, as the profiles of the same names do (docs/profiles.md); the real services were not
at hand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scim_operator.api.enums import ProfileName

if TYPE_CHECKING:
    from scim_operator.simulator.settings import Settings


@dataclass(frozen=True, slots=True)
class Preset:
    """What differs from a lenient RFC 7644 service; `strict` is VMware's own form instead."""

    faults: tuple[str, ...] = ()
    strict: bool = False
    discovery: bool = False
    nested_groups: bool = False
    numbered_ids: bool = False
    page_cap: int = 100

    def applied(self, settings: Settings) -> Settings:
        """Return the settings with this preset's habits."""
        base = settings if self.strict else settings.lenient()
        return replace(
            base,
            discovery=self.discovery or base.discovery,
            nested_groups=self.nested_groups or base.nested_groups,
            numbered_ids=self.numbered_ids,
            page_cap=min(self.page_cap, base.page_cap),
        )


_USERS, _GROUPS = "path=/Users", "path=/Groups"

PRESETS: dict[ProfileName, Preset] = {
    ProfileName.VMWARE_IDENTITY_SERVICE: Preset(strict=True),
    ProfileName.WORKSPACE_ONE_ACCESS: Preset(strict=True),
    ProfileName.AWS_IDENTITY_CENTER: Preset(
        (
            f"required=name.givenName,name.familyName,displayName;{_USERS}",
            "member-cap=100:400",
            "multi-value=refused",
            "empty-members",
        ),
        discovery=True,
        page_cap=50,
    ),
    ProfileName.GITHUB_ENTERPRISE: Preset(
        (
            f"required=externalId,displayName,emails,active;{_USERS}",
            f"required=externalId;{_GROUPS}",
            "reformat=lower",
        )
    ),
    ProfileName.GITLAB: Preset((f"required=externalId,emails;{_USERS}", f"status=404;{_GROUPS}"), page_cap=20),
    ProfileName.SLACK: Preset(
        (
            f"required=emails;{_USERS}",
            "delete",
            # 180 requests a minute for each way of writing users, with bursts of 20.
            *(f"rate-limit=3/20;method={method};{_USERS}" for method in ("POST", "PUT", "PATCH", "DELETE")),
        ),
        discovery=True,
    ),
    ProfileName.ATLASSIAN: Preset(
        (f"required=emails;{_USERS}", "delete", f"filter-attributes=userName,externalId;{_USERS}"), discovery=True
    ),
    ProfileName.DATABRICKS: Preset(("refused-attribute=userName:400",), nested_groups=True, numbered_ids=True),
    ProfileName.SNOWFLAKE: Preset(("multi-value=refused",)),
    ProfileName.OKTA: Preset((f"required=name.givenName,name.familyName,emails;{_USERS}",)),
    ProfileName.KEYCLOAK: Preset((f"status=501;method=PUT;{_GROUPS}", "multi-value=work-only"), discovery=True),
    ProfileName.GENERIC: Preset(discovery=True, nested_groups=True),
}
