"""What a directory's manifests said at each commit, from the files that the commits changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from scim_operator.core.members.selection import mark
from scim_operator.local.pieces import CONFIG, Entry, Identity, Pieces, Text, faults_in
from scim_operator.review.access.moments import Fault, Moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from scim_operator.core.keys import ObjectKey
    from scim_operator.core.records.record import SourceRecord
    from scim_operator.job.base.settings import Settings
    from scim_operator.local.history import GitDirectory, History
    from scim_operator.review.access.commits import Commit

AHEAD = 256
"""Commits whose files are read from Git at once."""

Place = tuple[str, bytes]
"""A file, and a piece of it."""


class Manifests:
    """The manifests of a directory at one moment, changed file by file."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._texts: dict[str, Text] = {}
        self._places: dict[Identity, Counter[Place]] = defaultdict(Counter)
        self._faulty: dict[str, tuple[Fault, ...]] = {}
        self._torn: set[str] = set()
        self._home: dict[Identity, str] = {}
        self._broken: set[Identity] = set()
        self._gone: set[Identity] = set()
        self._touched: set[Identity] = set()
        self._emerged: set[Identity] = set()

    def put(self, file: str, text: Text | None) -> None:
        """Set the content of a file; None: there is none."""
        old, new = self._texts.get(file, Text()), text or Text()
        before, after = (Counter(digest for digest, _ in each.pieces) for each in (old, new))
        for digest, number in (before - after).items():
            self._count(file, digest, -number)
        for digest, number in (after - before).items():
            if file in self._torn:
                self._emerged.update(entry.identity for entry in self._pieces[digest].entries)
            self._count(file, digest, number)
        self._texts[file] = new
        self._faulty[file] = tuple(faults_in(self._pieces, file, new))
        hides = bool(new.unreadable) or any(self._pieces[digest].torn for digest, _ in new.pieces)
        (self._torn.add if hides else self._torn.discard)(file)
        for each in (self._faulty, self._texts):
            if text is None or not each[file]:
                each.pop(file, None)

    def _count(self, file: str, digest: bytes, number: int) -> None:
        for entry in self._pieces[digest].entries:
            places = self._places[entry.identity]
            places[file, digest] += number
            if not places[file, digest]:
                del places[file, digest]
            else:
                self._home[entry.identity] = file
            self._touched.add(entry.identity)

    def changed(self) -> Iterator[tuple[Identity, Entry | None]]:
        """Yield each manifest that changed since this was asked before: what counts of it now, None for nothing."""
        for identity in sorted(self._touched):
            entry, stands = self.entry(identity), bool(self._places.get(identity))
            mark(self._broken, identity, present=entry is None and stands)
            mark(self._gone, identity, present=not stands)
            yield identity, entry
        self._touched.clear()

    def emerged(self) -> frozenset[ObjectKey]:
        """Return those that have come, since this was asked before, where something could not be read until then."""
        found = frozenset(key for each in self._emerged if (key := Entry(each).key) is not None)
        self._emerged.clear()
        return found

    def entry(self, identity: Identity) -> Entry | None:
        """Return the manifest that counts: it is valid, and stands in one place alone."""
        found = [each for each, _ in self._standing(identity)]
        return found[0] if len(found) == 1 and found[0].is_valid else None

    def _standing(self, identity: Identity) -> Iterator[tuple[Entry, str]]:
        for (file, digest), number in self._places.get(identity, Counter()).items():
            for entry in self._pieces[digest].entries:
                if entry.identity == identity:
                    yield from [(entry, file)] * number

    def entries(self) -> Iterator[Entry]:
        """Yield all that count."""
        found = (self.entry(identity) for identity in sorted(self._places))
        return (entry for entry in found if entry is not None)

    def broken(self) -> Iterator[Identity]:
        """Yield those that are there and do not count, for they have errors."""
        for identity in tuple(self._places):
            if self._places[identity] and self.entry(identity) is None:
                yield identity

    def faults(self) -> tuple[Fault, ...]:
        """Return all that is wrong now: what stands in several places as well."""
        found = [fault for file in self._faulty.values() for fault in file]
        for identity in self._broken:
            files = [file for _, file in self._standing(identity)]
            if len(files) > 1 and identity[2]:
                kind, _, name = identity
                found += [Fault(file, 0, f"{kind} {name} stands in two places; keep one of them") for file in {*files}]
        return tuple(sorted(found))

    def obscure(self) -> Iterator[Identity]:
        """Yield those that may be there and cannot be read: they have errors, or stood where something has."""
        yield from self._broken
        if self._torn:
            yield from (each for each in self._gone if self._home.get(each) in self._torn)


def moments(history: History, directory: GitDirectory, pieces: Pieces, config: Identity | None) -> Iterator[Moment]:
    """Yield what each commit changed, the oldest first. `config` names the config that counts, None for none."""
    manifests = Manifests(pieces)
    said = _Said(config)
    for at in range(0, len(history.changes), AHEAD):
        together = history.changes[at : at + AHEAD]
        wanted: dict[str, str] = {}
        for change in together:
            wanted |= {file.after: file.path for file in change.files if file.after}
        texts = _read(directory, pieces, wanted)
        for change in together:
            for file in change.files:
                manifests.put(file.path, texts[file.after] if file.after else None)
            yield said.moment(manifests, change.commit, change.commit.date)


def standing(manifests: Manifests, commit: Commit | None, at: datetime, config: Identity | None) -> Moment:
    """Return all that is there as one moment."""
    return _Said(config).moment(manifests, commit, at)


def manifests_at(directory: GitDirectory, pieces: Pieces, commit: str) -> tuple[Manifests, Sequence[str]]:
    """Return the manifests of the directory at a commit, and the paths of links, which are not followed."""
    tree = directory.tree(commit)
    texts = _read(directory, pieces, {id: path for path, (id, linked) in tree.items() if not linked})
    found = Manifests(pieces)
    for path, (id, linked) in tree.items():
        if not linked:
            found.put(path, texts[id])
    return found, sorted(path for path, (_, linked) in tree.items() if linked)


def _read(directory: GitDirectory, pieces: Pieces, wanted: Mapping[str, str]) -> dict[str, Text]:
    """Return the files of these ids, each under a path that it has."""
    return {
        id: Text(unreadable=body) if isinstance(body, str) else pieces.read(wanted[id], body)
        for id, body in directory.read(list(wanted))
    }


class _Said:
    """Makes moments of what has changed."""

    def __init__(self, config: Identity | None) -> None:
        self._config = config
        self._settings: Settings | None = None
        self._known: set[ObjectKey] = set()

    def moment(self, manifests: Manifests, commit: Commit | None, at: datetime) -> Moment:
        put: list[SourceRecord] = []
        gone: list[ObjectKey] = []
        for identity, entry in manifests.changed():
            if identity[0] != CONFIG:
                self._sort(identity, entry, put, gone)
        obscure = frozenset(manifests.obscure())
        hidden = self._config in obscure
        if self._config is not None and not hidden:
            found = manifests.entry(self._config)
            self._settings = found.settings if found is not None else None
        keys = frozenset(key for each in obscure if (key := Entry(each).key) is not None)
        return Moment(
            commit,
            at,
            tuple(put),
            tuple(gone),
            self._settings,
            faults=manifests.faults(),
            obscure=keys,
            emerged=manifests.emerged(),
            config_obscure=hidden,
        )

    def _sort(self, identity: Identity, entry: Entry | None, put: list[SourceRecord], gone: list[ObjectKey]) -> None:
        if entry is not None and entry.record is not None:
            put.append(entry.record)
            self._known.add(entry.record.key)
        elif (key := Entry(identity).key) in self._known and key is not None:
            gone.append(key)
            self._known.discard(key)
