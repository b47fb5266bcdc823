"""Proofs in a status, which only the operator can make: they cover all that could cost access.

Anyone who may write a status may write an id there. So an entry counts as remembered only with a proof over the config,
the service, the manifest and everything in it that decides about other people's resources: the id, the identity that
was applied, the attributes and members that are ours to take away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from scim_operator.core.attributes.equality import canonical, unassigned
from scim_operator.core.ownership.between import Between
from scim_operator.core.records.status import service_mark, service_marks
from scim_operator.core.wording import rfc3339

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from scim_operator.core.attributes.paths import AttributePath
    from scim_operator.core.keys import ConfigKey, Kind, ObjectKey
    from scim_operator.core.records.status import ServiceEntry
    from scim_operator.core.records.tombstones import Tombstone
    from scim_operator.core.resource import Document, JsonValue
    from scim_operator.core.seal import Seal

LENGTH = 12
"""Characters of an identity's mark: nine bytes, so that none occurs by chance. The proof of the entry covers them."""


@dataclass(frozen=True, slots=True)
class Notary:
    """Proves and checks what config `config` remembers of the service with mark `service` (and `marks`, of old).

    `identifying` are the attributes, by kind, that a resource is known by. `checks` False, for commands that send
    nothing on the strength of a status: everything is taken as it stands. `ids_hold` False: an id in an entry that does
    not say which service gave it is not believed. `keyed` False: the digests in statuses were made with another key.
    """

    seal: Seal
    config: ConfigKey
    service: str
    marks: Container[str]
    identifying: Mapping[Kind, tuple[AttributePath, ...]]
    checks: bool = True
    ids_hold: bool = True
    keyed: bool = True

    @property
    def between(self) -> Between:
        """Return what makes the values in between of the config's objects, and knows them again."""
        return Between(self.seal, self.config)

    def signed(self, key: ObjectKey, entry: ServiceEntry) -> ServiceEntry:
        """Return the entry with its proof; one without anything that could be abused needs none.

        Where nothing is checked, nothing is proved either: such an entry is never written.
        """
        if not self.checks:
            return entry
        proof = self.seal.of("entry", *self._parts(key, entry)) if _matters(entry) else ""
        return entry if proof == entry.proof else replace(entry, proof=proof)

    def believes(self, key: ObjectKey, entry: ServiceEntry) -> bool:
        """Return whether the operator wrote this entry, of this manifest, for this config and this service."""
        if not self.checks or not _matters(entry):
            return True
        return bool(entry.proof) and self.seal.proves(entry.proof, "entry", *self._parts(key, entry))

    def is_of(self, entry: ServiceEntry) -> bool:
        """Return whether the entry's ids are of this service: at another one they may name anyone (promise S1)."""
        return entry.service in self.marks if entry.service else self.ids_hold

    def announcement(self, key: ObjectKey, uid: str, creating: str) -> str:
        """Return what an annotation says of a resource that is about to be created, to be known by `creating`."""
        return f"{self.config.name} {creating} {self.seal.of('creating', *self._of_creation(key, uid, creating))}"

    def is_announcement(self, text: str) -> bool:
        """Return whether an annotation has the form of an announcement of this config."""
        return text.startswith(f"{self.config.name} ")

    def announced(self, key: ObjectKey, uid: str, text: str) -> str:
        """Return what identifies an announced resource, "" where this config did not write it for this manifest."""
        creating, _, proof = text.partition(" ")[2].partition(" ")
        proven = not self.checks or self.seal.proves(proof, "creating", *self._of_creation(key, uid, creating))
        return creating if proven else ""

    def identity(self, kind: Kind, document: Document) -> str:
        """Return what a resource is known by, in a form that reveals nothing: a mark per identifying attribute."""
        return "".join(self._marks(kind, document))

    def recognises(self, kind: Kind, identity: str, document: Document) -> bool:
        """Return whether the resource has at least one identifying attribute as it was."""
        return not self.checks or not _marks_in(identity).isdisjoint(self._marks(kind, document))

    def recognises_aside(self, key: ObjectKey, identity: str, document: Document) -> bool:
        """Return whether the resource has at least one identifying attribute as it was when it stepped aside from it.

        So it is after a crash right after that: the status knows only what it stepped aside from.
        """
        origins = self.between.found(document, key, self.identifying[key.kind])
        marks = {self._mark(path, origin) for path, origin in origins.items()}
        return not marks.isdisjoint(_marks_in(identity))

    def is_exactly(self, kind: Kind, identity: str, document: Document) -> bool:
        """Return whether the resource has every identifying attribute as it was."""
        return bool(identity) and _marks_in(identity) <= set(self._marks(kind, document))

    def lost_id(self, entry: ServiceEntry) -> str:
        """Return the id of a resource on record that this service no longer has; "" for none, or one of another."""
        return entry.lost.id if entry.lost is not None and self.is_of(entry.lost) else ""

    def engraved(self, tombstone: Tombstone) -> Tombstone:
        """Return the tombstone with its proof."""
        return replace(tombstone, proof=self.seal.of("tombstone", *self._of_tombstone(tombstone)))

    def certifies(self, tombstone: Tombstone) -> bool:
        """Return whether the operator wrote this tombstone."""
        return not self.checks or self.seal.proves(tombstone.proof, "tombstone", *self._of_tombstone(tombstone))

    def _marks(self, kind: Kind, document: Document) -> Iterable[str]:
        for path in self.identifying[kind]:
            value = path.read(document)
            if not unassigned(value):
                yield self._mark(path, value)

    def _mark(self, path: AttributePath, value: JsonValue) -> str:
        return self.seal.of("identity", str(path), repr(canonical(path, value)))[:LENGTH]

    def _parts(self, key: ObjectKey, entry: ServiceEntry) -> Iterable[str]:
        forms = ((each.path, each.sent, each.got, *(("kept",) if each.kept else ())) for each in entry.reformatted)
        reformatted = [part for form in forms for part in form]
        return (
            *(self.config.namespace, self.config.name, entry.service, key.kind, key.namespace, key.name),
            *(entry.id, entry.identity, entry.creating),
            *_listed(entry.applied),
            *_listed(entry.members),
            *_listed(reformatted),
            *((entry.granted,) if entry.granted else ()),
            *(("lost", *self._parts(key, entry.lost)) if entry.lost is not None else ()),
        )

    def _of_creation(self, key: ObjectKey, uid: str, creating: str) -> Iterable[str]:
        yield from (self.config.namespace, self.config.name, self.service, key.kind, key.namespace, key.name)
        yield from (uid, creating)

    def _of_tombstone(self, tombstone: Tombstone) -> Iterable[str]:
        key = tombstone.key
        yield from (self.config.namespace, self.config.name, self.service, key.kind, key.namespace, key.name)
        yield from (tombstone.id, rfc3339(tombstone.due))


def _listed(texts: Sequence[str]) -> Iterable[str]:
    """Return a list within a list of parts: how many come, and then each."""
    return (str(len(texts)), *texts)


def _marks_in(identity: str) -> set[str]:
    return {identity[at : at + LENGTH] for at in range(0, len(identity), LENGTH)}


def _matters(entry: ServiceEntry) -> bool:
    remembered = entry.applied or entry.members or entry.reformatted
    return bool(entry.id or entry.lost is not None or entry.creating or remembered)


def reader(seal: Seal, config: ConfigKey, url: str, *, ids_hold: bool) -> Notary:
    """Return what checks the entries of a config of which no more is known than the URL of its service."""
    return Notary(seal, config, service_mark(url), service_marks(url), {}, ids_hold=ids_hold)


def blank(entry: ServiceEntry) -> ServiceEntry:
    """Return the entry without what is not believed; what it says of the object stays, because it is harmless."""
    kept = replace(entry, service="", id="", identity="", creating="", applied=(), members=(), reformatted=(), proof="")
    return replace(kept, claimed=entry.id or entry.claimed, lost=None)
