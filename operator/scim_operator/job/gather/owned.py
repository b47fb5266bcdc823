"""Which manifest owns which resource at the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.core.keys import ObjectKey


class Owned:
    """The owners of one config, by kind and id."""

    def __init__(self) -> None:
        self.by: dict[Kind, dict[str, ObjectKey]] = {kind: {} for kind in Kind}
        self.heard: Callable[[Kind, str, int], object] = lambda kind, id, step: None
        """Hears of each id that a manifest owns from now on (1), and of each that none is to own any more (-1)."""

    def own(self, key: ObjectKey, id: str) -> None:
        """Note that a manifest owns a resource, which is no other's any more."""
        is_new = id not in self.by[key.kind]
        self.by[key.kind][id] = key
        if is_new:
            self.heard(key.kind, id, 1)

    def disown(self, kind: Kind, id: str) -> None:
        """Note that a resource that had an owner has none any more."""
        self.heard(kind, id, -1)
        del self.by[kind][id]
