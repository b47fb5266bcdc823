"""The profiles that `spec.service.profile` can name."""

from __future__ import annotations

from scim_operator.errors import InvalidSpec
from scim_operator.scim.profile import GENERIC, VMWARE_IDENTITY_SERVICE, Profile
from scim_operator.scim.vendors import VENDORS

PROFILES = {profile.name: profile for profile in (VMWARE_IDENTITY_SERVICE, *VENDORS, GENERIC)}


def profile_named(name: str) -> Profile:
    """Return the profile of that name; raises InvalidSpec, listing the names, when there is none."""
    if name not in PROFILES:
        raise InvalidSpec(f"spec.service.profile must be one of {', '.join(sorted(PROFILES))}.")
    return PROFILES[name]
