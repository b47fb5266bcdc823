"""The manifests of a directory: which files are read, and which of their documents are ours."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache, lru_cache, partial
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from scim_operator.api.crd import GROUP, KINDS
from scim_operator.local.bounds import Bounds, bounds_of, leads_out
from scim_operator.local.document import Document, Torn, Unreadable
from scim_operator.local.files import read_regular
from scim_operator.local.findings import Finding, Severity
from scim_operator.local.glimpse import glimpse
from scim_operator.local.reading import decoded, line_of, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from scim_operator.local.document import Path

SUFFIXES = (".yaml", ".yml", ".json")
"""The endings of files that are read, in any case: Windows writes `.YAML` too."""
MAX_FILE = 64 * 1024 * 1024
"""Bytes of a file; etcd takes one and a half MiB of a manifest."""
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
DEFAULT_NAMESPACE = "default"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: its name as messages show it, and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """One manifest of ours. `path` leads to it within its document, where that is a List."""

    kind: str
    namespace: str
    name: str
    body: dict[str, Any]
    source: Source
    document: Document
    path: Path = ()

    def line(self, path: Path = ()) -> int:
        """Return the line of a field of the manifest, in its file."""
        return line_of(self.source.text, self.document, (*self.path, *path))

    @property
    def text(self) -> str:
        """Return the text of its document."""
        return self.source.text[self.document.start : self.document.end]

    def finding(self, message: str, path: Path = (), severity: Severity = Severity.ERROR) -> Finding:
        """Return a finding at a field; the message begins with the field's name."""
        name = dotted(path)
        return Finding(self.source.name, self.line(path), f"{self}: {name + ': ' if name else ''}{message}", severity)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Lost:
    """A part of a directory that is no manifest, though there may be some in it: a document, a file, or a folder.

    `text` is that of the document, None where nothing could be seen; `body` is what it shows all the same, all of it if
    `read`. `here`: it is no error, and has only what stood in the same place.
    """

    finding: Finding
    text: str | None = None
    body: Any = None
    read: bool = False
    here: bool = False


@dataclass(slots=True)
class Collection:
    """A directory's content. `ignored` counts documents of other kinds; `kustomizations` names files not followed.

    `lost` may be manifests, `aside` are such as have errors, each with the first, in words; `faults` are all errors,
    where they stop nothing. `places` are the files and directories that were asked for, `root` is the first of them,
    from which files are named. `namespace` is that of manifests that name none.
    """

    manifests: list[Manifest] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    files: int = 0
    ignored: int = 0
    kustomizations: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    aside: list[tuple[Manifest, str]] = field(default_factory=list)
    faults: tuple[str, ...] = ()
    root: str = ""
    namespace: str = DEFAULT_NAMESPACE

    def at(self, file: str) -> str:
        """Return a file's path from the root, by which it is the same one in another revision."""
        return os.path.relpath(file, self.root) if self.root else os.path.normpath(file)

    def lose(self, lost: Lost) -> None:
        """Note what cannot be read."""
        self.findings.append(lost.finding)
        self.lost.append(lost)

    def of(self, kind: str) -> Iterator[Manifest]:
        """Yield the manifests of a kind."""
        return (each for each in self.manifests if each.kind == kind)


def dotted(path: Path) -> str:
    """Return a path as messages write it: `spec.emails[0].value`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def collect(
    places: Iterable[FilePath],
    namespace: str = "",
    through: Callable[[Iterable[FilePath]], Iterable[FilePath]] = iter,
) -> Collection:
    """Read files and, with all below them, directories. What cannot be read is a finding; nothing is raised.

    `through` goes through the files of a place, and may show how far it is.
    """
    found, seen = Collection(namespace=namespace or DEFAULT_NAMESPACE), set()
    for place in places:
        found.places.append(str(place))
        found.root = found.root or str(place)
        if (bounds := _bounds(place, found)) is None:
            continue
        for file in through(_files(place, found)):
            if (real := os.path.realpath(file)) not in seen:
                seen.add(real)
                _read(file, partial(_body, file, bounds), found)
    return found


def collect_texts(files: Iterable[tuple[str, bytes]], namespace: str = "") -> Collection:
    """Return the same over files that are held already, as Git's are."""
    found = Collection(namespace=namespace or DEFAULT_NAMESPACE)
    for name, body in files:
        if is_kustomization(name):
            found.kustomizations.append(name)
        elif is_read(name):
            _read(FilePath(name), partial(bytes, body), found)
    return found


def is_kustomization(name: str) -> bool:
    """Return whether a file is a kustomization, with patches and generators that only kustomize can apply."""
    return FilePath(name).name in KUSTOMIZATIONS


def is_read(name: str) -> bool:
    """Return whether a file is read, by its path from the directory: hidden ones, as `.github/`, are not."""
    return _has_suffix(name) and not any(part.startswith(".") for part in FilePath(name).parts)


def _has_suffix(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


_NOWHERE = "there is no such file or directory; correct the path"


def _bounds(place: FilePath, found: Collection) -> Bounds | None:
    """Return the bounds of the place; None, with a finding, where it is not to be read."""
    if not place.exists():
        problem = "standard input is not read; save it to a file" if str(place) == "-" else _NOWHERE
        found.findings.append(Finding(str(place), 0, problem))
    elif leads_out(place):
        found.findings.append(
            Finding(str(place), 0, "leads out of the repository that it is in; name the place itself")
        )
    else:
        return bounds_of(place)
    return None


def _files(place: FilePath, found: Collection) -> Iterator[FilePath]:
    if not place.is_dir():
        yield place
    else:
        yield from _below(place, found)


def _below(place: FilePath, found: Collection) -> Iterator[FilePath]:
    def tell(error: OSError) -> None:
        # What is left out in silence would be taken for removed.
        found.lose(Lost(Finding(str(error.filename), 0, f"cannot be read: {error.strerror}; give rights to it")))

    for folder, names, files in os.walk(place, onerror=tell):
        names[:] = sorted(name for name in names if not name.startswith("."))
        below = (FilePath(folder, name) for name in names)
        # Unlike Path.is_symlink, this raises nothing where the path is too long.
        for link in (path for path in below if os.path.islink(path)):  # noqa: PTH114
            found.lose(Lost(_not_followed(link), here=True))
        for name in sorted(files):
            if is_kustomization(name):
                found.kustomizations.append(str(FilePath(folder, name)))
            elif _has_suffix(name) and not name.startswith("."):
                yield FilePath(folder, name)


def _not_followed(link: FilePath) -> Finding:
    message = "links to a directory and is not followed, as by kubectl; name the directory itself"
    return Finding(str(link), 0, message, Severity.WARNING)


def _body(file: FilePath, bounds: Bounds) -> bytes:
    if not file.is_file():
        raise Unreadable("is no file; remove it", 0)
    if problem := bounds.problem(file):
        raise Unreadable(problem, 0)
    try:
        return read_regular(file, MAX_FILE)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}", 0) from None


def _read(file: FilePath, body: Callable[[], bytes], found: Collection) -> None:
    found.files += 1
    try:
        source = Source(str(file), decoded(body()))
    except Unreadable as error:
        found.lose(Lost(Finding(str(file), error.line, str(error))))
        return
    if not source.text.strip():
        finding = Finding(str(file), 0, "is empty; delete the file, or put back what stood there", Severity.WARNING)
        found.lost.append(Lost(finding, "", here=True))
    for part in parts(source.text, as_json=file.suffix.lower() == ".json"):
        if isinstance(part, Torn):
            found.lose(Lost(Finding(str(file), part.line, part.message), part.text, glimpse(part.text)))
        else:
            _take(part, source, found)


def _take(document: Document, source: Source, found: Collection) -> None:
    value, items = document.value, _items(document.value)
    if items is None or (not _is_list(value) and _is_ours(*_group_and_kind(value))):
        _take_one(value, (), document, source, found)
    for number, item in enumerate(items or ()):
        path: Path = ("items", number)
        if _items(item) is None:
            _take_one(item, path, document, source, found)
        else:
            line, text = line_of(source.text, document, path), source.text[document.start : document.end]
            found.lose(Lost(Finding(source.name, line, _NESTED), text))


_NESTED = "is a List within a List, which kubectl does not read; put its items into the outer one"


def _items(value: Any) -> list[Any] | None:  # noqa: ANN401
    """Return what a List holds, None where it is none: kubectl opens `items` whatever the kind is of what has them."""
    items = value.get("items") if isinstance(value, dict) else None
    if not isinstance(items, list):
        return None
    return items if _is_list(value) or any(isinstance(each, dict) and "kind" in each for each in items) else None


def _is_list(value: dict[str, Any]) -> bool:
    return str(value.get("kind", "")).endswith("List")


def _take_one(body: Any, path: Path, document: Document, source: Source, found: Collection) -> None:  # noqa: ANN401
    if not isinstance(body, dict) or not isinstance(body.get("kind"), str):
        line = line_of(source.text, document, path)
        text = source.text[document.start : document.end]
        finding = Finding(source.name, line, "is no manifest: it has no kind; correct or remove it")
        found.lose(Lost(finding, text, body, read=True))
    elif not _is_ours(*_group_and_kind(body)):
        found.ignored += 1
    else:
        metadata = body.get("metadata") if isinstance(body.get("metadata"), dict) else {}
        assert isinstance(metadata, dict)  # noqa: S101 - said above, which mypy does not see
        place = metadata.get("namespace")
        name = metadata.get("name")
        found.manifests.append(
            Manifest(
                body["kind"],
                place if isinstance(place, str) and place else found.namespace,
                name if isinstance(name, str) else "",
                body,
                source,
                document,
                path,
            )
        )


def _group_and_kind(body: dict[str, Any]) -> tuple[str, str]:
    return str(body.get("apiVersion", "")).partition("/")[0], str(body.get("kind", ""))


@lru_cache(maxsize=1024)
def _is_ours(group: str, kind: str) -> bool:
    """Return whether a manifest is one of ours, or is meant to be: what is misspelt is no other's."""
    return group == GROUP or _is_like(group, GROUP) or any(_is_like(kind, each) for each in known_kinds())


def _is_like(text: str, name: str) -> bool:
    close = abs(len(text) - len(name)) <= _TYPOS
    return close and SequenceMatcher(None, text.lower(), name.lower()).ratio() > _LIKENESS


_TYPOS, _LIKENESS = 3, 0.85


@cache
def known_kinds() -> frozenset[str]:
    """Return the kinds of our API group."""
    return frozenset(kind.kind for kind in KINDS)


def as_served(manifest: Manifest, generation: int = 1) -> dict[str, Any]:
    """Return the manifest as an API server would return it, with what only it sets."""
    metadata = {**manifest.body["metadata"], "namespace": manifest.namespace, "generation": generation}
    for texts in ("labels", "annotations"):
        if metadata.get(texts):  # Go reads null as the empty text where only texts can be
            metadata[texts] = {name: "" if text is None else text for name, text in metadata[texts].items()}
    served = {"uid": f"{manifest.kind}/{manifest.namespace}/{manifest.name}", "resourceVersion": str(generation)}
    return {**manifest.body, "metadata": {**metadata, **served}}
