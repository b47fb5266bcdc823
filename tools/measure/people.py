"""Made-up users and groups, and creating many of them at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tools.live.kube import API_VERSION, GROUPS, USERS, Kube, Manifest

if TYPE_CHECKING:
    from collections.abc import Iterable

GROUP_SIZE = 20


def user(number: int, namespace: str, title: str = "Engineer") -> Manifest:
    """Return a user with the attributes that most directories fill."""
    name = f"user-{number:05}"
    mail = f"{name}@corp.example"
    return {
        "apiVersion": API_VERSION,
        "kind": "ScimUser",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "userName": mail,
            "active": True,
            "name": {"givenName": "User", "familyName": f"Number {number}"},
            "displayName": f"User Number {number}",
            "emails": [{"type": "work", "value": mail, "primary": True}],
            "title": title,
            "enterprise": {"department": f"Department {number % 40}"},
        },
    }


def group(number: int, users: int, namespace: str) -> Manifest:
    """Return a group of twenty of the users."""
    chosen = sorted({(number * GROUP_SIZE + offset) % users for offset in range(GROUP_SIZE)})
    return {
        "apiVersion": API_VERSION,
        "kind": "ScimGroup",
        "metadata": {"name": f"group-{number:05}", "namespace": namespace},
        "spec": {
            "displayName": f"Group {number}",
            "members": [{"userRef": {"name": f"user-{one:05}"}} for one in chosen],
        },
    }


def everyone(users: int, namespace: str) -> Manifest:
    """Return a group of so many users."""
    return {
        "apiVersion": API_VERSION,
        "kind": "ScimGroup",
        "metadata": {"name": "everyone", "namespace": namespace},
        "spec": {
            "displayName": "Everyone",
            "members": [{"userRef": {"name": f"user-{number:05}"}} for number in range(users)],
        },
    }


async def create_all(kube: Kube, manifests: Iterable[Manifest], at_once: int = 8) -> None:
    """Create them, so many at a time."""
    waiting = iter(manifests)

    async def work() -> None:
        for manifest in waiting:
            await kube.create(USERS if manifest["kind"] == "ScimUser" else GROUPS, manifest)

    await asyncio.gather(*(work() for _ in range(at_once)))
