"""What is set aside because it has errors, as far as it still says whose it is: no mistake counts as a deletion. Pure.

| what is set aside                                | of the earlier revision, these are not taken for deleted        |
|--------------------------------------------------|-----------------------------------------------------------------|
| a manifest of a kind and name                    | the manifest of that kind and name                              |
| anything in which a userName or externalId stands| the manifest that had it                                        |
| the one manifest of a file, known by none of it  | the one manifest of that file                                   |
| a document that does not say which manifest it is| all that stood in that file; with none of the file, all         |
| a file or a folder that cannot be read           | the same                                                        |
| an empty file, a link that is not followed       | all that stood there                                            |
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.dates import instant_of

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator
    from datetime import datetime

_REFERENCES = frozenset({"userRef", "groupRef", "manager", "members"})
"""Fields that name others."""
_IDENTIFYING = ("userName", "displayName", "externalId")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_INNER = r"[\w.@+/-]"
"""What an identity is made of, so that no part of a longer one counts."""


@dataclass(frozen=True, slots=True)
class Former:
    """A manifest of the earlier revision: its file, and what identifies it."""

    key: ObjectKey
    file: str
    values: frozenset[str]

    @classmethod
    def of(cls, key: ObjectKey, file: str, spec: dict[str, Any]) -> Former:
        """Return what is looked for of a manifest."""
        fields = _IDENTIFYING if key.kind is Kind.GROUP else ("userName", "externalId")
        return cls(key, file, frozenset(v.casefold() for each in fields if isinstance(v := spec.get(each), str) and v))


@dataclass(frozen=True, slots=True)
class Aside:
    """One document, file or folder that was set aside. `fault` says where it is and what is wrong with it.

    `kinds` are those that may be in it, `kind` is the one that it shows; `name` and `namespace` are "" where it shows
    none, and `home` is where it is then, "" where that cannot be known.
    """

    fault: str
    file: str
    kinds: frozenset[Kind] = frozenset(Kind)
    kind: Kind | None = None
    namespace: str = ""
    home: str = ""
    name: str = ""
    spec: dict[str, Any] = field(default_factory=dict)
    values: frozenset[str] = frozenset()
    text: str | None = ""
    """What cannot be read of it, as identities are compared; None where nothing could be seen."""
    here: bool = False
    """Whether it is known to have only what stood in its place."""
    known: bool = False
    """Whether the earlier revision has it just so, and so has no one's manifest in it."""

    @property
    def keys(self) -> list[ObjectKey]:
        """Return the manifests that it may be, by kind and name."""
        kinds = () if not (self.name and self.home) else sorted(Kind) if self.kind is None else (self.kind,)
        return [ObjectKey(kind, self.home, self.name) for kind in kinds]

    @property
    def key(self) -> ObjectKey | None:
        """Return the one that it is; None where that is not known."""
        return self.keys[0] if self.kind is not None and self.keys else None

    @property
    def is_whole(self) -> bool:
        """Return whether all of it could be read."""
        return self.text == "" and not self.here

    @property
    def is_named(self) -> bool:
        """Return whether it says which manifest it is: one that identifies no one of before is new."""
        return bool(self.name and self.home) and any(isinstance(self.spec.get(each), str) for each in _PRIMARY)

    @property
    def tells(self) -> bool:
        """Return whether it hides no one: it is one manifest, and says which."""
        return self.is_whole and self.is_named

    def ends(self, now: datetime) -> bool:
        """Return whether it still shows that access is to end: that needs nothing else of it to be right."""
        active, end = self.spec.get("active"), self.spec.get("notAfter")
        last = instant_of(end) if isinstance(end, str) else None
        return str(active).lower() == "false" or (last is not None and last <= now)

    def concerns(self, former: Former) -> bool:
        """Return whether it may be that manifest, by its name or by what identifies it."""
        if former.key.kind not in self.kinds or self.namespace not in ("", former.key.namespace):
            return False
        return former.key in self.keys or not self.values.isdisjoint(former.values)

    def identifies(self, former: Former) -> bool:
        """Return whether it is about that manifest's resource, by what identifies that."""
        said = (self.spec.get(each) for each in _IDENTIFYING)
        return self.concerns(former) and any(isinstance(v, str) and v.casefold() in former.values for v in said)

    def shows(self, former: Former) -> bool:
        """Return whether what identifies the manifest stands in it anywhere, however much of it cannot be read."""
        text = self.text or ""
        found = (re.escape(value) for value in former.values if value in text)
        return any(re.search(f"(?<!{_INNER}){each}(?!{_INNER})", text) for each in found)

    def is_above(self, file: str) -> bool:
        """Return whether it is that file, or a folder that has it."""
        return self.file in (".", file) or file.startswith(f"{self.file}/")


_PRIMARY = ("userName", "displayName")


def aside_of(  # noqa: PLR0913 - what is known of it
    fault: str,
    file: str,
    body: Any,  # noqa: ANN401 - any JSON value
    namespace: str,
    *,
    text: str | None = "",
    here: bool = False,
    known: bool = False,
) -> Aside:
    """Return what a document shows. `namespace` is that of a manifest that names none."""
    shown = body if isinstance(body, dict) else {}
    metadata = shown["metadata"] if isinstance(shown.get("metadata"), dict) else {}
    place = metadata.get("namespace")
    # What is cut off within its metadata may have named one.
    home = namespace if shown and (text == "" or next(reversed(shown)) != "metadata") else ""
    return Aside(
        fault,
        file,
        kinds=_kinds(shown.get("kind")) if text == "" else frozenset(Kind),
        kind=next((each for each in Kind if each.value == shown.get("kind")), None),
        namespace=_name(place),
        home=_name(home if place is None else place),
        name=_name(metadata.get("name")),
        spec=shown["spec"] if isinstance(shown.get("spec"), dict) else {},
        values=frozenset(_texts(body)),
        text=text and text.casefold(),
        here=here,
        known=known,
    )


def _kinds(kind: object) -> frozenset[Kind]:
    """Return the kinds that a document may be of: a kind that is misspelt may be any."""
    if kind == "ProvisioningConfig":
        return frozenset()
    return frozenset(each for each in Kind if each.value == kind) or frozenset(Kind)


def _name(name: object) -> str:
    return name if isinstance(name, str) and _NAME.fullmatch(name) else ""


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """Yield the texts in a document, in the form in which identities are compared, but those that name others."""
    if isinstance(value, str):
        yield value.casefold()
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(each) if name not in _REFERENCES else ()


class Formers:
    """The valid manifests of an earlier revision, found by what may be set aside of them."""

    def __init__(self, formers: Iterable[Former] = ()) -> None:
        self.all = {former.key: former for former in formers}
        self._by_value: dict[str, list[Former]] = defaultdict(list)
        self._by_file: dict[str, list[Former]] = defaultdict(list)
        for former in self.all.values():
            self._by_file[former.file].append(former)
            for value in former.values:
                self._by_value[value].append(former)

    def meant_by(self, aside: Aside) -> list[Former]:
        """Return those that it may be by its name, or by what identifies it; of a text, those that stand in it."""
        named = [self.all[key] for key in aside.keys if key in self.all]
        alike = [each for value in aside.values for each in self._by_value.get(value, ())]
        shown = [each for each in self.all.values() if aside.shows(each)] if aside.text else []
        return [*(each for each in (*named, *alike) if aside.concerns(each)), *shown]

    def identified_by(self, aside: Aside) -> ObjectKey | None:
        """Return the one whose resource it is about, by name or by what identifies that; None for several or none."""
        if aside.key in self.all:
            return aside.key
        found = {each.key for each in self.meant_by(aside) if aside.identifies(each)}
        return found.pop() if len(found) == 1 else None

    def in_place_of(self, aside: Aside) -> list[Former]:
        """Return those that stood where it stands."""
        if aside.text is not None:
            return [each for each in self._by_file.get(aside.file, ()) if each.key.kind in aside.kinds]
        return [each for each in self.all.values() if aside.is_above(each.file)]

    def kept(
        self, asides: Iterable[Aside], there: Container[ObjectKey], claimed: Container[str]
    ) -> dict[ObjectKey, Aside]:
        """Return those that are not taken for deleted though they are not `there`, each with what may be it.

        `claimed` are the identities of the manifests that are there: whose identity has one is not in what cannot be
        read.
        """
        found: dict[ObjectKey, Aside] = {}
        for aside in sorted((each for each in asides if each.kinds), key=_gravity):
            sure = {each.key for each in self.meant_by(aside)}
            rest = (each.key for each in self._perhaps(aside, sure) if not any(v in claimed for v in each.values))
            for key in (*sorted(sure), *rest):
                if key not in there:
                    found.setdefault(key, aside)
        return found

    def _perhaps(self, aside: Aside, sure: Collection[ObjectKey]) -> Iterable[Former]:
        """Return those that it may be besides, as far as it does not say which it is."""
        place = self.in_place_of(aside)
        if aside.is_whole and (sure or (aside.is_named and len(place) > 1)):
            return ()
        nowhere = not (sure or place or aside.here or aside.known or aside.is_named)
        return [each for each in self.all.values() if each.key.kind in aside.kinds] if nowhere else place


def _gravity(aside: Aside) -> tuple[bool, bool]:
    """Sort what says most about itself first: what it is named with says best what to correct."""
    return not aside.is_named, not aside.is_whole
