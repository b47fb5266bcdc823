"""Claims on resources: two manifests that would match the same one conflict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import canonical
from scim_operator.core.filing import Filing
from scim_operator.core.values import valueclass

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.ownership.between import Between
    from scim_operator.core.resource import JsonValue


def claim_of(path: AttributePath, value: JsonValue) -> Hashable:
    """Return what a value of a matching attribute is claimed by: equal values have the same.

    A text by Python's keyed hash of 64 bits, for two hundred thousand texts take thirty megabytes. Two that differ and
    have the same would wait for each other as if they were equal, once in 2^64 pairs.
    """
    found = canonical(path, value)
    return hash((path, found)) if isinstance(found, str) else (path, found)


class Claims:
    """Matching attributes' values that manifests of one kind ask for. A value is claimed by one, or in conflict.

    `moved` is called with the values that begin or cease to be claimed by a manifest.
    """

    def __init__(self, moved: Callable[[frozenset[Hashable]], None] | None = None) -> None:
        self._moved = moved
        self._claimants: Filing[Hashable, ObjectKey] = Filing()
        self._values: dict[ObjectKey, tuple[Hashable, ...]] = {}

    def stake(self, key: ObjectKey, values: Iterable[Hashable]) -> AbstractSet[ObjectKey]:
        """Replace what `key` claims; return the others whose conflicts this may begin or end."""
        new, old = frozenset(values), self.values(key)
        if new == old:
            return set()
        self._values[key] = tuple(new)
        for value in old ^ new:
            self._claimants.mark(value, key, present=value in new)
        if self._moved is not None:
            self._moved(old ^ new)
        return self._sharing(old ^ new) - {key}

    def drop(self, key: ObjectKey) -> AbstractSet[ObjectKey]:
        """Forget what `key` claims; return the same as `stake`."""
        others = self.stake(key, ())
        self._values.pop(key, None)
        return others

    def adopt(self, former: Claims) -> None:
        """Go on with what was claimed under former settings, until each manifest stakes or drops its own."""
        self._claimants, self._values = former._claimants, former._values

    def __iter__(self) -> Iterator[ObjectKey]:
        """Iterate over the manifests that claim something."""
        return iter(self._values)

    def rivals(self, key: ObjectKey) -> tuple[ObjectKey, ...]:
        """Return the others that claim one of the values that `key` claims, sorted."""
        return tuple(sorted(self._sharing(self._values.get(key, ())) - {key}))

    def values(self, key: ObjectKey) -> frozenset[Hashable]:
        """Return what a manifest claims."""
        return frozenset(self._values.get(key, ()))

    def sharing(self, value: Hashable) -> AbstractSet[ObjectKey]:
        """All that claim a value."""
        return frozenset(self._claimants.of(value))

    def _sharing(self, values: Iterable[Hashable]) -> AbstractSet[ObjectKey]:
        sharing: set[ObjectKey] = set()
        for value in values:
            sharing.update(self._claimants.of(value))
        return sharing


@valueclass(frozen=True, slots=True)
class Contention:
    """Other manifests that claim what a manifest claims: `rivals` are all of them, `owners` own a resource.

    `contested` are the attributes that an owner does not change, because another owner claims the new value; `unknown`
    says why other owners of what was found cannot be determined, "" where they can.
    """

    rivals: tuple[ObjectKey, ...] = ()
    owners: tuple[ObjectKey, ...] = ()
    contested: tuple[AttributePath, ...] = ()
    unknown: str = ""


NONE = Contention()


@dataclass(frozen=True, slots=True)
class Blocked:
    """An attribute whose wanted value others have at the service.

    `holder` is the manifest that has it, None where that is none; `ids` are the resources. `keeps` says why it is not
    to have another value, and what to do, in words; "" where it is to have one.
    `ring`: all who wait for each other in a circle, in its order and this object first, where the service has refused
    each of them the value that it wants; () where there is no such circle.
    """

    path: AttributePath
    holder: ObjectKey | None
    ring: tuple[ObjectKey, ...] = ()
    ids: frozenset[str] = frozenset()
    keeps: str = ""


@dataclass(frozen=True, slots=True)
class Astray:
    """An attribute that has the value in between `value`. `home` is a value of its own that is free; "" for none."""

    path: AttributePath
    value: str
    home: str = ""


@valueclass(frozen=True, slots=True)
class Exchanges:
    """An object's part in exchanges of unique values.

    `blocked` are the attributes whose values others have, and are to give up first; `astray` those that have a value in
    between. `between` makes such values; None where that is not asked.
    """

    blocked: tuple[Blocked, ...] = ()
    astray: tuple[Astray, ...] = ()
    between: Between | None = None


NO_EXCHANGES = Exchanges()
