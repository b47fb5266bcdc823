"""Disabled users and emptied groups that are to be deleted when they have stayed away long enough (`deleteAfter`).

A tombstone is set when a resource is disabled because its manifest left, and lifted when a manifest wants it again. It
lives in the config's status, so it survives restarts and the manifest itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.wording import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MOST = 10_000
"""Tombstones that a config's status has room for; resources beyond these stay disabled."""
MOST_BYTES = 800_000
"""Their room in a status, in bytes: etcd takes objects of 1.5 MiB, and what waits for approval needs room too."""
FRAME, LONGEST = 120, 680
"""Bytes of a tombstone in the status: around its id and name, and at most in all."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A resource `id`, disabled when manifest `key` left and deleted at `due`; `proof`: the operator decided so."""

    key: ObjectKey
    id: str
    due: datetime
    proof: str = ""


class Tombstones:
    """Tombstones of one config. `version` grows with each change.

    A user and a group may have the same id, so that an id says nothing without its kind.
    """

    def __init__(self, tombstones: Iterable[Tombstone] = (), hides: Callable[[str], bool] = lambda _: False) -> None:
        self._hides = hides
        self._by_id: dict[tuple[Kind, str], Tombstone] = {}
        self._by_key: dict[ObjectKey, list[Tombstone]] = {}
        self._bytes = 0
        for tombstone in tombstones:
            self._set(tombstone)
        self.version = 0

    def has(self, kind: Kind, id: str) -> bool:
        """Return whether the resource is to be deleted some day."""
        return (kind, id) in self._by_id

    def ids(self, kind: Kind) -> Iterator[str]:
        """Return the ids of the resources of a kind that are to be deleted some day."""
        return (id for of, id in self._by_id if of is kind)

    def __len__(self) -> int:
        return len(self._by_id)

    @property
    def has_room(self) -> bool:
        """Return whether another tombstone may be set."""
        return len(self._by_id) < MOST and self._bytes + LONGEST <= MOST_BYTES

    def place(self, tombstone: Tombstone) -> None:
        """Set a tombstone; an existing one keeps its time."""
        if not self.has(tombstone.key.kind, tombstone.id) and self.has_room:
            self._set(tombstone)
            self.version += 1

    def _set(self, tombstone: Tombstone) -> None:
        self._by_id[tombstone.key.kind, tombstone.id] = tombstone
        self._bytes += _bytes_of(tombstone)
        self._by_key.setdefault(tombstone.key, []).append(tombstone)

    def lift(self, kind: Kind, id: str) -> None:
        """Lift the tombstone: the resource is wanted again, or gone."""
        if (lifted := self._by_id.pop((kind, id), None)) is not None:
            self._bytes -= _bytes_of(lifted)
            self._by_key[lifted.key].remove(lifted)
            if not self._by_key[lifted.key]:
                del self._by_key[lifted.key]
            self.version += 1

    def is_due(self, kind: Kind, id: str, now: datetime) -> bool:
        """Return whether the resource has stayed away long enough."""
        tombstone = self._by_id.get((kind, id))
        return tombstone is not None and tombstone.due <= now

    def left_by(self, key: ObjectKey) -> Tombstone | None:
        """Return the tombstone that a manifest left, whether or not its time has come."""
        return next(iter(self._by_key.get(key, ())), None)

    def date_of(self, kind: Kind, id: str) -> datetime | None:
        """Return when the resource is to be deleted, None where nothing was decided about it."""
        tombstone = self._by_id.get((kind, id))
        return None if tombstone is None else tombstone.due

    def due(self, now: datetime) -> list[Tombstone]:
        """All tombstones whose time has come."""
        return [tombstone for tombstone in self._by_id.values() if tombstone.due <= now]

    def of(self, key: ObjectKey, now: datetime) -> Tombstone | None:
        """Return the tombstone that a manifest left and whose time has come."""
        return next((tombstone for tombstone in self._by_key.get(key, ()) if tombstone.due <= now), None)

    def to_json(self) -> list[dict[str, str]]:
        """Return the form that `status.tombstones` has, the next one first.

        One whose id must not be shown is kept in memory alone: after a restart its resource stays disabled.
        """
        shown = (tombstone for tombstone in self._by_id.values() if not self._hides(tombstone.id))
        ordered = sorted(shown, key=lambda tombstone: (tombstone.due, tombstone.id))
        return [
            {
                "id": each.id,
                "kind": each.key.kind.value,
                "name": each.key.name,
                "deleteAt": rfc3339(each.due),
                **({"proof": each.proof} if each.proof else {}),
            }
            for each in ordered
        ]


def _bytes_of(tombstone: Tombstone) -> int:
    return len(tombstone.id.encode()) + len(tombstone.key.name) + FRAME


def tombstones_from_json(
    namespace: str,
    items: Iterable[Mapping[str, Any]],
    certified: Callable[[Tombstone], bool] = lambda _: True,
    hides: Callable[[str], bool] = lambda _: False,
) -> Tombstones:
    """Read the tombstones back from the status of a config of `namespace`, but for those that are not believed.

    `certified` says whether the operator wrote a tombstone: what it did not write deletes no one. `hides` says of an id
    whether it must not be shown.
    """
    read = (_read(namespace, item) for item in items)
    return Tombstones((tombstone for tombstone in read if tombstone is not None and certified(tombstone)), hides)


def _read(namespace: str, item: Mapping[str, Any]) -> Tombstone | None:
    try:
        key = ObjectKey(Kind(item["kind"]), namespace, item["name"])
        return Tombstone(key, item["id"], datetime.fromisoformat(item["deleteAt"]), str(item.get("proof") or ""))
    except (KeyError, TypeError, ValueError):
        return None
