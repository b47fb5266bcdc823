"""Which manifest of Git is which row of the source: never two manifests for one person, and never a guess. Pure.

The strongest of what identifies decides: the id at the source, the externalId, then the userName or displayName. A
manifest keeps its name, on which access hangs, whatever its person is called now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.core.keys import Kind
from scim_operator.core.records.marks import read_mark
from scim_operator.scim.values import attribute
from scim_operator.sources.made import IDENTITY
from scim_operator.sources.naming import told_apart
from scim_operator.sources.row import Refused
from scim_operator.sources.update.record import FILE, digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scim_operator.local.manifests import Manifest
    from scim_operator.sources.made import Made
    from scim_operator.sources.update.record import Record

_ID = "externalId"
_FIX = "one person has one manifest: correct the source, or the manifest"
_AGAIN = (
    "if the source gives ids no more, export them; delete that manifest, or, if it is the same person again, its line "
    f"in {FILE}"
)


@dataclass(slots=True)
class Held:
    """A manifest that Git has."""

    kind: Kind
    manifest: Manifest

    @property
    def name(self) -> str:
        """Return its name."""
        return self.manifest.name

    @property
    def key(self) -> tuple[Kind, str]:
        """Return its kind and name."""
        return self.kind, self.manifest.name

    @property
    def spec(self) -> dict[str, Any]:
        """Return its spec, {} where it has none."""
        spec = self.manifest.body.get("spec")
        return spec if isinstance(spec, dict) else {}

    def text(self, field: str) -> str:
        """Return a field of its spec that is a text, "" otherwise."""
        value = self.spec.get(field)
        return value if isinstance(value, str) else ""

    @property
    def identity(self) -> str:
        """Return its userName or displayName."""
        return self.text(IDENTITY[self.kind])


@dataclass(slots=True)
class Matched:
    """The outcome. `names` has the name of each row's manifest by the name that the import has made."""

    pairs: list[tuple[Made, Held]] = field(default_factory=list)
    joiners: list[Made] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    names: dict[tuple[Kind, str], str] = field(default_factory=dict)


def match(rows: Sequence[Made], held: Sequence[Held], record: Record) -> Matched:
    """Return which row is which manifest, and which has none yet."""
    done = Matched()
    for kind in Kind:
        ours = [each for each in rows if each.kind is kind]
        _Kind(kind, [each for each in held if each.kind is kind], record, done).match(ours)
    done.refused.sort()
    return done


class _Kind:
    def __init__(self, kind: Kind, held: Sequence[Held], record: Record, done: Matched) -> None:
        self._kind, self._done, self._held = kind, done, held
        self._ids = {key: entry.id for key, entry in record.items()}
        self._by_id = _index((self._ids.get(each.key, ""), each) for each in held)
        self._by_external = _index((each.text(_ID), each) for each in held)
        self._by_identity = _index((each.identity.lower(), each) for each in held)
        self._by_name = _index((each.name, each) for each in held)
        self._taken: dict[str, Made] = {}

    def match(self, rows: Sequence[Made]) -> None:
        left = [row for row in rows if not self._settled(row, self._strong(row), "what identifies it")]
        new = []
        for row in left:
            there = self._by_identity.get(row.identity.lower(), [])
            others = [each for each in there if each.name not in self._taken]
            if clash := next((each for each in others if self._is_another(row, each)), None):
                self._refuse(row, f"{self._field} is that of {clash.manifest} too, which has another {_ID}")
            elif clash := next((each for each in others if self._was_another(row, each)), None):
                self._refuse(row, f"{self._field} is that of {clash.manifest} too, which had another id", _AGAIN)
            elif not self._settled(row, others, self._field):
                new.append(row)
        self._check_renamed()
        self._join(new)

    @property
    def _field(self) -> str:
        return IDENTITY[self._kind]

    def _strong(self, row: Made) -> list[Held]:
        """Return the manifests that the id, the externalId or the operator's own mark name."""
        external = row.spec.get(_ID)
        mark = read_mark(attribute(row.row.document, _ID)) if not external else None
        named = [each for each in self._by_name.get(row.name, []) if mark is not None and mark.name == row.name]
        by_id = self._by_id.get(digest(row.row.lasting), [])
        found = [*by_id, *(self._by_external.get(external, []) if external else []), *named]
        return list({each.name: each for each in found}.values())

    def _settled(self, row: Made, found: Sequence[Held], what: str) -> bool:
        """Note the one manifest that was found; where there are several, refuse the row."""
        if len(found) > 1:
            self._refuse(row, f"{what} is that of {' and of '.join(str(each.manifest) for each in found[:3])}")
        elif found and found[0].name in self._taken:
            other = self._taken[found[0].name].row.place
            self._refuse(row, f"{found[0].manifest} is that of {other} too")
        elif found:
            self._take(row, found[0])
        return bool(found)

    def _take(self, row: Made, held: Held) -> None:
        self._taken[held.name] = row
        self._done.pairs.append((row, held))
        self._done.names[self._kind, row.name] = held.name

    def _is_another(self, row: Made, held: Held) -> bool:
        there, here = held.text(_ID), row.spec.get(_ID, "")
        return bool(there and here and there != here)

    def _was_another(self, row: Made, held: Held) -> bool:
        there = self._ids.get(held.key, "")
        return bool(there) and digest(row.row.lasting) != there

    def _check_renamed(self) -> None:
        """Refuse a row whose new userName a manifest has that is another's, and that keeps it."""
        for row, held in [each for each in self._done.pairs if each[0].kind is self._kind]:
            others = self._by_identity.get(row.identity.lower(), []) if row.identity != held.identity else []
            kept = [each for each in others if each.name != held.name and each.name not in self._taken]
            if kept:
                self._refuse(row, f"{self._field} is that of {kept[0].manifest} too")

    def _join(self, rows: Iterable[Made]) -> None:
        """Name the rows that have no manifest; a name that a manifest has already is another's."""
        names = {each.name for each in self._held}
        for row in rows:
            name = row.name if row.name not in names else told_apart(row.name, row.identity)
            if name in names:
                self._refuse(row, f"its name is that of {self._kind.value} {row.name}, which is another's")
                continue
            names.add(name)
            self._done.joiners.append(row)
            self._done.names[self._kind, row.name] = name

    def _refuse(self, row: Made, why: str, fix: str = _FIX) -> None:
        self._done.refused.append(Refused(row.row.place, f"{why}; {fix}"))


def _index(named: Iterable[tuple[str, Held]]) -> dict[str, list[Held]]:
    found: dict[str, list[Held]] = {}
    for name, each in named:
        if name:
            found.setdefault(name, []).append(each)
    return found
