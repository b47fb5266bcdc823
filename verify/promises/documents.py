"""Resources and manifests as flat values by path, to be compared by these checks' own rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scim_operator.core.resource import ENTERPRISE_USER, WS1B_GROUP, WS1B_USER
from scim_operator.kube.resources import USERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scim_operator.kube.client import Target
    from verify.apiserver import Manifest

_NAMES = ("userName", "active", "externalId", "name.givenName", "name.familyName", "profileUrl", "title", "nickName")
_PLACE = ("country", "postalCode", "region", "locality", "streetAddress")
_ENTERPRISE = ("department", "employeeNumber", "costCenter", "division", "organization")
_WS1B = ("adSourceAnchor", *(f"customAttribute{n}" for n in range(1, 6)), "distinguishedName", "domain")
USER_PATHS = frozenset(
    {
        *_NAMES,
        "displayName",
        "emails[work].value",
        "phoneNumbers[work].value",
        *(f"addresses[work].{name}" for name in _PLACE),
        *(f"{ENTERPRISE_USER}.{name}" for name in _ENTERPRISE),
        *(f"{WS1B_USER}.{name}" for name in (*_WS1B, "userPrincipalName")),
    }
)
"""What VMware's profile maps of users, in the spelling of `flat`: docs/concepts.md, Attribute mappings."""
GROUP_PATHS = frozenset(
    {"displayName", "externalId", *(f"{WS1B_GROUP}.{name}" for name in ("description", "distinguishedName", "domain"))}
)
_WORK = ("emails[work].value", "phoneNumbers[work].value")
_BASIC = frozenset({"userName", "active", "externalId", "name.givenName", "name.familyName", "displayName", _WORK[0]})
_CONTACT = _BASIC | {"nickName", "title", _WORK[1]}
_EXTENDED = frozenset(f"{ENTERPRISE_USER}.{name}" for name in _ENTERPRISE)
USERS_OF = {
    "vmware-identity-service": USER_PATHS,
    "workspace-one-access": USER_PATHS,
    "aws-identity-center": _CONTACT | _EXTENDED | {"profileUrl"},
    "github-enterprise": _BASIC,
    "gitlab": _BASIC - {"displayName"},
    "slack": _CONTACT | _EXTENDED | {"profileUrl"},
    "atlassian": _CONTACT | {f"{ENTERPRISE_USER}.department", f"{ENTERPRISE_USER}.organization"},
    "databricks": _BASIC,
    "snowflake": _BASIC,
    "okta": _BASIC,
    "keycloak": _BASIC,
    "generic": frozenset(path for path in USER_PATHS if not path.startswith(WS1B_USER)),
}
"""The same of each profile, written down here once more, so that a slip in the operator's own table shows."""
WITH_MANAGERS = frozenset({"aws-identity-center", "slack", "generic"})
"""Profiles that map `manager` by default."""
_VMWARE = frozenset({"vmware-identity-service", "workspace-one-access"})
_NAMELESS = frozenset({"slack", "snowflake", "keycloak"})
"""Profiles whose groups have no externalId."""
_SERVICES_OWN = frozenset({"id", "meta", "schemas", "groups", "members"})


def document_of(target: Target, manifest: Manifest, owner: str = "") -> dict[str, Any]:
    """Return what a manifest says of its resource, in the form of the resource, under a config with that owner."""
    spec = dict(manifest["spec"])
    user = target.resource == USERS
    for name, urn in (("enterprise", ENTERPRISE_USER), ("ws1b", WS1B_USER if user else WS1B_GROUP)):
        if name in spec:
            spec[urn] = spec.pop(name)
    spec.setdefault("externalId", mark_of(target, owner))
    return {name: value for name, value in spec.items() if value is not None}


def mark_of(target: Target, owner: str = "") -> str:
    """Return the mark of a manifest."""
    return f"{owner}/{target.namespace}/{target.name}".removeprefix("/")


def namespace_of(external_id: object) -> str:
    """Return the namespace in a mark, "" where the value is none."""
    parts = external_id.split("/") if isinstance(external_id, str) else ()
    return parts[-2] if len(parts) > 1 else ""


def paths_of(target: Target, profile: str) -> frozenset[str]:
    """Return the paths that a profile maps by default."""
    if target.resource == USERS:
        return USERS_OF[profile]
    if profile in _VMWARE:
        return GROUP_PATHS
    return frozenset({"displayName"}) if profile in _NAMELESS else frozenset({"displayName", "externalId"})


def profile_of(config: Mapping[str, Any]) -> str:
    """Return the profile of a config's spec."""
    return str((config.get("service") or {}).get("profile", "vmware-identity-service"))


def flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the single values of a resource by path: `name.givenName`, `emails[work].value`."""
    return {
        path: value for name, part in document.items() if name not in _SERVICES_OWN for path, value in _of(name, part)
    }


def _of(path: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _of(f"{path}.{name}", part)
    elif isinstance(value, list):
        for part in value:
            yield from _item(path, part)
    elif value is not None:
        yield path, value


def _item(path: str, part: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    if not isinstance(part, dict):
        yield f"{path}[{part}]", part
        return
    kept = {name: value for name, value in part.items() if name != "type"}
    yield from _of(f"{path}[{part.get('type', '')}]", kept)


def path_of(target: str) -> str:
    """Return the target of a mapping in the spelling of `flat`."""
    plain = re.sub(r'\[type eq "([^"]*)"\]', r"[\1]", target)
    urn, colon, name = plain.rpartition(":")
    return f"{urn}.{name}" if colon else plain


def same(one: Any, other: Any) -> bool:  # noqa: ANN401 - JSON
    """Return whether two values are equal as SCIM compares text that is not case-exact."""
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    return bool(one == other)


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths in which two flat documents differ."""
    for path in before.keys() | after.keys():
        if before.get(path) != after.get(path):
            yield path
