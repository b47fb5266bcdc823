"""The manifests of files of many revisions: each document is parsed and checked once, wherever it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind, ObjectKey
from scim_operator.core.records.record import SourceRecord, record_of
from scim_operator.errors import InvalidSpec
from scim_operator.job.base.settings import Settings, settings_of
from scim_operator.local.checks import faults_of
from scim_operator.local.document import Unreadable
from scim_operator.local.findings import Severity
from scim_operator.local.manifests import as_served, collect_texts
from scim_operator.local.reading import decoded
from scim_operator.review.access.moments import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scim_operator.local.manifests import Manifest

CONFIG = "ProvisioningConfig"
_PARTS = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)

Identity = tuple[str, str, str]
"""Kind, namespace and name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One manifest of a piece: what it says, or nothing where it has errors."""

    identity: Identity
    record: SourceRecord | None = None
    settings: Settings | None = None

    @property
    def is_valid(self) -> bool:
        """Return whether it counts."""
        return self.record is not None or self.settings is not None

    @property
    def key(self) -> ObjectKey | None:
        """Return the key of a user or group; None for a config, and for what is no one's."""
        kind, namespace, name = self.identity
        return ObjectKey(Kind(kind), namespace, name) if kind in _KINDS and name else None


_KINDS = frozenset(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class Piece:
    """One document of a file, with the lines of its faults counted from its own first; `torn`: it may hide anyone."""

    entries: tuple[Entry, ...]
    faults: tuple[tuple[int, str], ...] = ()
    torn: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A file: its pieces by digest, each with the lines above it; or `unreadable`, and why."""

    pieces: tuple[tuple[bytes, int], ...] = ()
    unreadable: str = ""
    line: int = 0


class Pieces:
    """Knows each piece by its content. `namespace` is that of manifests that name none."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._known: dict[bytes, Piece] = {}
        self._numbers = 0

    def __getitem__(self, digest: bytes) -> Piece:
        """Return a piece by the digest that `read` gave."""
        return self._known[digest]

    def read(self, name: str, body: bytes) -> Text:
        """Take in a file; a name is of use for its ending alone."""
        try:
            text = decoded(body)
        except Unreadable as error:
            return Text(unreadable=str(error), line=error.line)
        as_json = name.lower().endswith(".json")
        found = []
        for line, part in _parted(text, as_json=as_json):
            digest = blake2b(part.encode(), digest_size=16, person=b"json" if as_json else b"yaml").digest()
            if digest not in self._known:
                self._known[digest] = self._parse("x.json" if as_json else "x.yaml", part)
            found.append((digest, line))
        return Text(tuple(found))

    def _parse(self, name: str, text: str) -> Piece:
        found = collect_texts([(name, text.encode())], self._namespace)
        faults = [(each.line, each.message) for each in found.findings if each.severity is Severity.ERROR]
        entries = []
        for manifest in found.manifests:
            entry, wrong = self._entry(manifest)
            entries.append(entry)
            faults += wrong
        torn = any(not each.here for each in found.lost)
        return Piece(tuple(entries), tuple(faults), torn)

    def _entry(self, manifest: Manifest) -> tuple[Entry, list[tuple[int, str]]]:
        identity = (manifest.kind, manifest.namespace, manifest.name)
        if wrong := faults_of(manifest):
            return Entry(identity), [(each.line, each.message) for each in wrong]
        self._numbers += 1
        served = as_served(manifest, self._numbers)
        if manifest.kind == CONFIG:
            try:
                return Entry(identity, settings=settings_of(served)), []
            except InvalidSpec as error:
                return Entry(identity), [(manifest.line(), f"{manifest}: {error}")]
        # A status in a file proves nothing: its author could claim any resource with it.
        return Entry(identity, record=record_of(Kind(manifest.kind), {**served, "status": None})), []


def faults_in(pieces: Pieces, file: str, text: Text) -> Iterator[Fault]:
    """Yield what is wrong with a file, by its own lines."""
    if text.unreadable:
        yield Fault(file, text.line, text.unreadable)
    for digest, above in text.pieces:
        for line, message in pieces[digest].faults:
            yield Fault(file, line + above, message)


def _parted(text: str, *, as_json: bool) -> Iterator[tuple[int, str]]:
    """Yield the documents of a text and the number of lines above each.

    Documents part at `---`, which stands at the beginning of a line nowhere else; a directive belongs to the next one.
    """
    if as_json or _DIRECTIVE.search(text):
        yield 0, text
        return
    starts = [0, *(found.start() for found in _PARTS.finditer(text) if found.start()), len(text)]
    line = 0
    for start, end in pairwise(starts):
        part = text[start:end]
        if part.strip():
            yield line, part
        line += part.count("\n")
