"""The content of the simulator's tenant, from its dump."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

Resource = dict[str, Any]


@dataclass(frozen=True)
class Tenant:
    """The users and groups at the service."""

    users: list[Resource]
    groups: list[Resource]

    def by_name(self) -> dict[str, Resource]:
        """Return the users by userName."""
        return {str(user["userName"]): user for user in self.users}

    def members(self) -> dict[str, set[str]]:
        """Return the userNames of each group's members, by displayName."""
        names = {user["id"]: str(user["userName"]) for user in self.users}
        return {
            str(group["displayName"]): {names[member["value"]] for member in group.get("members") or []}
            for group in self.groups
        }

    def duplicates(self) -> list[str]:
        """Return the externalIds and userNames that more than one resource carries."""
        keys = [("externalId", user.get("externalId")) for user in self.users]
        keys += [("userName", str(user.get("userName")).casefold()) for user in self.users]
        keys += [("externalId of a group", group.get("externalId")) for group in self.groups]
        return [f"{name} {value}" for (name, value), times in Counter(keys).items() if times > 1 and value]

    def counted(self) -> str:
        members = sum(len(group.get("members") or []) for group in self.groups)
        return f"{len(self.users)} users, {len(self.groups)} groups, {members} memberships"


def tenant_of(dump: dict[str, Any]) -> Tenant:
    """Return the tenant in a `/_simulator/dump`."""
    return Tenant(list(dump["Users"]), list(dump["Groups"]))
