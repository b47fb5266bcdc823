"""The files of a refresh: each that changes, as its whole new text, read again before it is believed. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scim_operator.core.wording import some
from scim_operator.errors import InvalidSpec
from scim_operator.local.document import Unreadable
from scim_operator.local.reading import documents, is_json
from scim_operator.sources.manifests import body_of
from scim_operator.sources.spec import ORDER
from scim_operator.sources.update.editing import Edit, changes, edited, newline_of, removal, same, with_spec
from scim_operator.sources.update.nodes import NotInPlace
from scim_operator.sources.update.units import reference
from scim_operator.sources.yamltext import manifest_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from scim_operator.local.manifests import Manifest
    from scim_operator.sources.made import Made
    from scim_operator.sources.update.matching import Held
    from scim_operator.sources.update.refresh import Changed, Refresh

Files = dict[str, str | None]
"""New texts by path; None deletes the file."""


@dataclass(slots=True)
class _File:
    text: str
    changed: list[Changed] = field(default_factory=list)
    deleted: list[Held] = field(default_factory=list)


def new_texts(
    refresh: Refresh, places: Mapping[str, Sequence[Made]], namespace: str, read: Callable[[str], str]
) -> Files:
    """Return the files that change. `places` has who is laid out where, by full path; `read` gives a file, "" for none.

    Errors: InvalidSpec, where a value cannot be changed in its place.
    """
    made: Files = {}
    for name, file in _by_file(refresh).items():
        text = _changed(name, file)
        made[name] = text if _holds_anything(text) else None
    joiners = {id(each) for each in refresh.joiners}
    for path, several in places.items():
        new = [each for each in several if id(each) in joiners]
        if new:
            before = made[path] if path in made else read(path)
            made[path] = _with(before or "", new, namespace)
    return made


def _by_file(refresh: Refresh) -> dict[str, _File]:
    files: dict[str, _File] = {}

    def file_of(held: Held) -> _File:
        source = held.manifest.source
        return files.setdefault(source.name, _File(source.text))

    for changed in refresh.changed:
        file_of(changed.held).changed.append(changed)
    for each in refresh.deleted:
        file_of(each).deleted.append(each)
    return files


def _changed(name: str, file: _File) -> str:
    as_json = name.lower().endswith(".json")
    in_json = as_json or is_json(file.text)
    edits: list[Edit] = []
    for each in file.changed:
        manifest = each.held.manifest
        order = ORDER[each.held.kind]
        try:
            edits += changes(file.text, manifest.document, manifest.path, each.spec, order, as_json=in_json)
        except NotInPlace as error:
            raise _refused(manifest, str(error)) from None
    for held in file.deleted:
        edits.append(removal(file.text, held.manifest.document, held.manifest.path, as_json=in_json))
    try:
        text = edited(file.text, edits)
        found = [each.value for each in documents(text, as_json=as_json)]
    except (NotInPlace, Unreadable):
        found = None
    if found is None or not same(found, _meant(file, as_json=as_json)):
        first = (file.changed[0].held if file.changed else file.deleted[0]).manifest
        raise _refused(first, "what is written there, with anchors or otherwise, cannot be changed by itself")
    return text


def _refused(manifest: Manifest, why: str) -> InvalidSpec:
    place = f"{manifest.source.name}:{manifest.line(('spec',))}: {manifest}"
    return InvalidSpec(f"{place}: {why}; write its values out, one on each line. Nothing was written.")


def _meant(file: _File, *, as_json: bool) -> list[Any]:
    """Return the documents that the new text is to have."""
    values = {each.number: each.value for each in documents(file.text, as_json=as_json)}
    for changed in file.changed:
        manifest = changed.held.manifest
        values[manifest.document.number] = with_spec(values[manifest.document.number], manifest.path, changed.spec)
    gone: dict[int, list[int]] = {}
    for held in file.deleted:
        gone.setdefault(held.manifest.document.number, []).extend(map(int, held.manifest.path[1:]))
        if not held.manifest.path:
            del values[held.manifest.document.number]
    for number, items in gone.items():
        if number in values:
            kept = [each for at, each in enumerate(values[number]["items"]) if at not in items]
            values[number] = {**values[number], "items": kept}
    return [values[number] for number in sorted(values)]


def _holds_anything(text: str) -> bool:
    return next(documents(text), None) is not None if text.strip() else False


def _with(text: str, new: Iterable[Made], namespace: str) -> str:
    """Return a file's text with documents at its end, in its own line ends."""
    added = "".join(manifest_text(body_of(each, namespace)) for each in new)
    newline = newline_of(text)
    gap = newline if text and not text.endswith("\n") else ""
    return text + gap + added.replace("\n", newline)


def check_references(refresh: Refresh, manifests: Iterable[Manifest]) -> None:
    """Refuse to delete whom another manifest still names. Errors: InvalidSpec."""
    gone = {(each.kind.value, each.name) for each in refresh.deleted}
    specs = {(each.held.kind.value, each.held.name): each.spec for each in refresh.changed}
    named = [
        str(manifest)
        for manifest in manifests
        if gone and (manifest.kind, manifest.name) not in gone
        for spec in [specs.get((manifest.kind, manifest.name), manifest.body.get("spec"))]
        if isinstance(spec, dict) and gone & set(_references(spec))
    ]
    if named:
        raise InvalidSpec(
            f"Nothing was written: {some(named, 10)} still name manifests that --prune=delete is to delete. Take these "
            "references away, or give --prune=notAfter."
        )


def _references(spec: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    kinds = {"userRef": "ScimUser", "groupRef": "ScimGroup"}
    members = spec.get("members")
    for each in [spec.get("manager"), *(members if isinstance(members, list) else [])]:
        field, name = reference(each)
        if field:
            yield kinds[field], name
