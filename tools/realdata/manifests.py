"""Handles and teams as manifests. The data has no personal names or addresses; they are derived from the handle."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.live.kube import API_VERSION, Manifest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.realdata.dataset import Access

DOMAIN = "k8s.example"
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_OBJECT_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")


def object_name(name: str) -> str:
    """Return the manifest's name (RFC 1123 subdomain): `/` becomes a dot, as does no other character."""
    found = name.replace("/", ".")
    if not _OBJECT_NAME.fullmatch(found) or len(found) > 253:
        raise ValueError(f"{name!r} cannot be the name of a Kubernetes object")
    return found


def check_names(names: Iterable[str]) -> None:
    """Refuse data in which two names would become one object: a/b and a.b."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(object_name(name), name)
        if other != name:
            raise ValueError(f"{name!r} and {other!r} would both be the object {object_name(name)!r}")


def mail(handle: str) -> str:
    """Return the user's name, which is also the address."""
    return f"{handle}@{DOMAIN}"


def handle_of(user_name: str) -> str:
    """Return the handle of a `mail`."""
    return user_name.removesuffix(f"@{DOMAIN}")


def user(handle: str, namespace: str) -> Manifest:
    """Return the ScimUser of a person."""
    given, _, family = handle.partition("-")
    return {
        "apiVersion": API_VERSION,
        "kind": "ScimUser",
        "metadata": {"name": object_name(handle), "namespace": namespace},
        "spec": {
            "userName": mail(handle),
            "name": {"givenName": given.title(), "familyName": (family or given).title()},
            "displayName": handle,
            "emails": [{"type": "work", "value": mail(handle), "primary": True}],
        },
    }


def group(name: str, access: Access, namespace: str) -> Manifest:
    """Return the ScimGroup of a team: its people, and its child teams by groupRef."""
    team = access.teams[name]
    members = [{"userRef": {"name": object_name(who)}} for who in sorted(team.members)]
    members += [{"groupRef": {"name": object_name(child)}} for child in sorted(access.children(name))]
    return {
        "apiVersion": API_VERSION,
        "kind": "ScimGroup",
        "metadata": {"name": object_name(name), "namespace": namespace},
        "spec": {"displayName": name, "ws1b": {"description": team.description}, "members": members},
    }
