"""What counts in place of manifests that were set aside: what an earlier revision says of them, or only their names.

A record of which only the name is known keeps its resource, its memberships and those who report to it as they are.
What still shows that access is to end ends it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.record import (
    GroupMember,
    MatchingUsers,
    SelectedUsers,
    SourceRecord,
    UserMember,
    packed_document,
)
from scim_operator.local.aside import Aside, Former, Formers, aside_of
from scim_operator.local.checks import identities, place_of

if TYPE_CHECKING:
    from collections.abc import Collection as Several
    from collections.abc import Container, Iterable, Iterator, Mapping
    from datetime import datetime

    from scim_operator.api.config import Assignment
    from scim_operator.job.base.settings import Settings
    from scim_operator.local.document import Path
    from scim_operator.local.manifests import Collection, Manifest

    Manifests = Mapping[ObjectKey, Manifest]

_KINDS = frozenset(kind.value for kind in Kind)
_EARLIER = "the earlier revision's manifest counts"
_ENDED = "the earlier revision's manifest counts, and access ends"


@dataclass(slots=True)
class Standing:
    """The manifests of a namespace that count, and those set aside, each with its errors and what follows of them.

    `nameless` are set aside without anything else that counts; `ending` of those shows the end of their access, and
    `perhaps` they are those of the earlier revision.
    """

    namespace: str
    manifests: dict[ObjectKey, Manifest]
    aside: dict[ObjectKey, str] = field(default_factory=dict)
    nameless: dict[ObjectKey, str] = field(default_factory=dict)
    ending: dict[ObjectKey, Aside] = field(default_factory=dict)
    perhaps: dict[ObjectKey, list[str]] = field(default_factory=lambda: defaultdict(list))

    def put(self, key: ObjectKey, manifest: Manifest, fault: str, *, ends: bool, held: bool = False) -> None:
        """Let what an earlier revision says count; `held`: for it may be under another name, or in what is not read."""
        self.manifests[key] = _inactive(manifest) if ends else manifest
        why = f"{fault}. It may be that one, and does not count as deleted" if held else fault
        self.aside[key] = f"{why}. Until that is fixed, {_ENDED if ends else _EARLIER}."

    def name(self, key: ObjectKey, fault: str, ending: Aside | None = None) -> None:
        """Let nothing but the name count, unless there is more."""
        if key.namespace != self.namespace or key in self.manifests or key in self.nameless:
            return
        self.nameless[key] = fault
        follows = "access ends, and nothing else is sent for it" if ending else "nothing is sent for it"
        self.aside[key] = f"{fault}. Until that is fixed, {follows}."
        if ending is not None:
            self.ending[key] = ending

    def stand_ins(self) -> Iterator[SourceRecord]:
        """Yield the records of those of whom nothing but the name is known."""
        for key, fault in self.nameless.items():
            spec = self.ending[key].spec if key in self.ending else {}
            said = {each: spec[each] for each in ("userName", "externalId") if isinstance(spec.get(each), str)}
            document = packed_document({**said, "active": False} if key in self.ending else {})
            bare = SourceRecord(key, str(key), 1, "1", {}, deleting=False, finalizers=(), packed_document=document)
            yield replace(bare, invalid=fault, perhaps=tuple(self.perhaps[key]))


def in_namespace(collection: Collection, namespace: str) -> dict[ObjectKey, Manifest]:
    """Return the users and groups of a namespace."""
    there = (each for each in collection.manifests if each.namespace == namespace and each.kind in _KINDS)
    return {ObjectKey(Kind(each.kind), namespace, each.name): each for each in there}


def standing(there: Standing, asides: Several[Aside], earlier: Manifests, formers: Formers, now: datetime) -> Standing:
    """Return what counts of a namespace, where `there` is valid now, and `earlier` was in an earlier revision."""
    result = replace(there, manifests={**there.manifests})
    claimed = {value for key, each in there.manifests.items() for value in Former.of(key, "", each.body["spec"]).values}
    ends = _ending(asides, formers, now)
    for key, aside in formers.kept(asides, there.manifests, claimed).items():
        result.put(key, earlier[key], aside.fault, ends=key in ends, held=aside.key != key)
        if aside.key is not None and aside.key.kind is key.kind:
            result.perhaps[aside.key].append(key.name)
    for key, fault in _contested(result.manifests, earlier).items():
        manifest = result.manifests.pop(key)
        if key in earlier:
            result.put(key, earlier[key], fault, ends=_ends(manifest, now))
        else:
            result.name(key, fault)
    for aside in asides:
        if aside.key is not None:
            ending = aside.key in ends and not formers.meant_by(aside)
            result.name(aside.key, aside.fault, aside if ending else None)
    return result


def conceal(
    result: Standing,
    records: Iterable[SourceRecord],
    config: Settings,
    asides: Iterable[Aside],
    gone: Container[ObjectKey],
) -> None:
    """Name those whom others name and who have no manifest: it may be in what does not say whose manifest it is.

    `gone` are known to be in nothing of it.
    """
    hidden = next((each for each in asides if each.kinds and not each.here and not each.tells), None)
    if hidden is None:
        return
    listed, held = list(records), sorted(key for key in result.aside if key in result.manifests)
    for key in sorted({*_named(listed), *_assigned(config.spec.assignments or (), config.namespace)}):
        if key not in gone and key not in result.manifests:
            result.name(key, hidden.fault)
            result.perhaps[key] += [each.name for each in held if each.kind is key.kind]
    if any(isinstance(member, SelectedUsers | MatchingUsers) for each in listed for member in each.members or ()):
        result.name(ObjectKey(Kind.USER, config.namespace, f"({hidden.file})"), hidden.fault)


def _named(records: Iterable[SourceRecord]) -> Iterator[ObjectKey]:
    for record in records:
        if record.manager:
            yield ObjectKey(Kind.USER, record.key.namespace, record.manager)
        for member in record.members or ():
            if isinstance(member, UserMember | GroupMember):
                kind = Kind.USER if isinstance(member, UserMember) else Kind.GROUP
                yield ObjectKey(kind, record.key.namespace, member.name)


def _assigned(assignments: Iterable[Assignment], namespace: str) -> Iterator[ObjectKey]:
    for each in assignments:
        if each.user_ref is not None:
            yield ObjectKey(Kind.USER, namespace, each.user_ref.name)
        if each.group_ref is not None:
            yield ObjectKey(Kind.GROUP, namespace, each.group_ref.name)


def asides_of(now: Collection, before: Collection | None) -> list[Aside]:
    """Return all that was set aside, and whatever may be manifests."""
    texts = _texts(before) if before is not None and (now.aside or now.lost) else frozenset()
    found = [
        aside_of(fault, now.at(each.source.name), each.body, now.namespace, known=not each.path and each.text in texts)
        for each, fault in now.aside
    ]
    for lost in now.lost:
        at, fault = now.at(lost.finding.file), lost.finding.as_text()
        text = "" if lost.read else lost.text
        known = lost.text in texts
        found.append(aside_of(fault, at, lost.body, now.namespace, text=text, here=lost.here, known=known))
    return found


def _texts(before: Collection) -> frozenset[str]:
    """Return the texts of all documents of the earlier revision: what has not changed hides no one."""
    lost = (each.text for each in before.lost if each.text)
    return frozenset((*lost, *(each.text for each in before.manifests if not each.path)))


def _ending(asides: Iterable[Aside], formers: Formers, now: datetime) -> set[ObjectKey]:
    """Return the users whose access ends, as all says that was set aside of them."""
    found: dict[ObjectKey, list[bool]] = defaultdict(list)
    for aside in asides:
        if (key := formers.identified_by(aside) or aside.key) is not None and key.kind is Kind.USER:
            found[key].append(aside.ends(now))
    return {key for key, ends in found.items() if all(ends)}


def _contested(manifests: Manifests, earlier: Manifests) -> dict[ObjectKey, str]:
    """Return who claims what another had first, as far as the earlier revision tells (ADR 0019), each with that.

    Where it tells nothing, the owner of the resource goes on, and everyone else waits, as in a cluster.
    """
    claims: dict[tuple[Kind, Path, str], list[ObjectKey]] = defaultdict(list)
    for key, manifest in manifests.items():
        for path, value, _ in identities(manifest):
            claims[key.kind, path, value].append(key)
    found = {}
    for (_, path, value), keys in claims.items():
        known = [key for key in keys if key in earlier] if len(keys) > 1 else []
        own = [key for key in keys if known and value == f"{key.namespace}/{key.name}"]
        first = (
            own or [key for key in known if (path, value) in {each[:2] for each in identities(earlier[key])}] or known
        )
        for key in keys if first else ():
            if first != [key]:
                other = manifests[next(each for each in (*first, *keys) if each != key)]
                message = f"is that of {other} in {place_of(other)} too, which goes first; let them differ"
                found[key] = manifests[key].finding(message, path).as_text()
    return found


def _ends(manifest: Manifest, now: datetime) -> bool:
    said = aside_of("", "", manifest.body, manifest.namespace)
    return said.kind is Kind.USER and said.ends(now)


def _inactive(manifest: Manifest) -> Manifest:
    spec: dict[str, Any] = {**manifest.body["spec"], "active": False}
    return replace(manifest, body={**manifest.body, "spec": spec})
