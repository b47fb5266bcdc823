"""What a request did, in the classes that limits count."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from verify.promises.documents import flat, same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify.history import Exchange

_NAMES = {"Users": ("userName", "externalId", "emails[work].value"), "Groups": ("displayName", "externalId")}


def disables(exchange: Exchange) -> bool:
    """Return whether it took a user's access."""
    before, after = exchange.before, exchange.after
    return bool(before and after and before.get("active") is True and after.get("active") is False)


def removed(exchange: Exchange) -> list[str]:
    """Return the members that it took out of a group, those of a deleted one too."""
    if exchange.type != "Groups":
        return []
    kept = set((exchange.after or {}).get("members", ()))
    return [member for member in (exchange.before or {}).get("members", ()) if member not in kept]


def renames(exchange: Exchange) -> bool:
    """Return whether it changed what a resource is known by."""
    if not exchange.before or not exchange.after:
        return False
    before, after = flat(exchange.before), flat(exchange.after)
    return any(_renamed(before, after, path) for path in _NAMES.get(exchange.type, ()))


def _renamed(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> bool:
    return path in before and not same(before[path], after.get(path))


def counted(exchange: Exchange) -> Counter[str]:
    """Return how many of each class it did."""
    users, gone = exchange.type == "Users", exchange.before is not None and exchange.after is None
    found = Counter(disables=int(disables(exchange)), memberRemovals=len(removed(exchange)))
    found["userDeletes" if users else "groupDeletes"] += gone
    found["user renames" if users else "group renames"] += renames(exchange)
    return found
