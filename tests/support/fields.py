"""Every field of the three kinds as their CRDs have them, and manifests in which one field is changed."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools import yamls

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parents[1]
CRDS = TESTS.parent / "crds"
EVERY_FIELD = TESTS / "data" / "every-field.yaml"

ITEM = "[]"
"""The step of a path into a list."""
VALUE = "*"
"""The step of a path into a map, whose keys are the user's."""

Manifest = dict[str, Any]
Schema = dict[str, Any]
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field by its kind and its path through the schema, with its schema and whether it may be left out."""

    kind: str
    path: tuple[str, ...]
    schema: Schema
    required: bool = False

    def __str__(self) -> str:
        return f"{self.kind}.spec.{'.'.join(self.path)}".replace(".[]", "[]")

    @property
    def type(self) -> str | None:
        """The JSON type; None for a text that may be written as a number."""
        return self.schema.get("type")

    @property
    def is_text(self) -> bool:
        """Whether it holds text, which may be one of a few words."""
        return self.type in ("string", None)

    @property
    def name(self) -> str:
        """What messages call it: the last part of its path that is a name."""
        return next(step for step in reversed(self.path) if step not in (ITEM, VALUE))

    @property
    def place(self) -> Place:
        """Where it is in the manifest that carries it."""
        return _carrier(self)[1]

    @property
    def written(self) -> str:
        """Its place as messages write it, as `spec.emails[0].value`."""
        text = "spec"
        for step in self.place:
            text += f"[{step}]" if isinstance(step, int) else f".{step}"
        return text

    def sound(self) -> Manifest:
        """A manifest that is right, and has the field."""
        return copy.deepcopy(_carrier(self)[0])

    def holding(self, value: object) -> Manifest:
        """That manifest with another value of the field."""
        manifest = self.sound()
        *above, last = self.place
        _at(manifest["spec"], tuple(above))[last] = value
        return manifest

    def absent(self) -> Manifest:
        """That manifest without the field."""
        manifest = self.sound()
        *above, last = self.place
        del _at(manifest["spec"], tuple(above))[last]
        return manifest


@cache
def all_fields() -> tuple[Field, ...]:
    """Every field below `spec`, entries of lists and values of maps included."""
    found: list[Field] = []
    for file in sorted(CRDS.glob("*.yaml")):
        crd = yamls.read(file.read_text())
        spec = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
        found += _below(crd["spec"]["names"]["kind"], spec, ())
    return tuple(found)


@cache
def carriers() -> tuple[Manifest, ...]:
    """The manifests that are right and together have every field."""
    return tuple(yamls.read_all(EVERY_FIELD.read_text()))


def _below(kind: str, schema: Schema, path: tuple[str, ...]) -> Iterator[Field]:
    for name, inner in (schema.get("properties") or {}).items():
        if str(inner.get("description", "")).startswith("Removed:"):
            continue  # Declared so that a rule can say what to write instead.
        yield Field(kind, (*path, name), inner, required=name in schema.get("required", ()))
        yield from _below(kind, inner, (*path, name))
    for step, inner in ((ITEM, schema.get("items")), (VALUE, schema.get("additionalProperties"))):
        if isinstance(inner, dict):
            yield Field(kind, (*path, step), inner)
            yield from _below(kind, inner, (*path, step))


def _carrier(field: Field) -> tuple[Manifest, Place]:
    for manifest in carriers():
        if manifest["kind"] == field.kind and (place := _find(manifest["spec"], field.path)) is not None:
            return manifest, place
    raise LookupError(f"{EVERY_FIELD.name} does not use {field}; add it there")


def _find(value: Any, path: tuple[str, ...]) -> Place | None:
    """The first place in a value that a path leads to; None where there is none."""
    if not path:
        return ()
    step, *rest = path
    for key in _keys(value, step):
        if (below := _find(value[key], tuple(rest))) is not None:
            return (key, *below)
    return None


def _keys(value: Any, step: str) -> list[str | int]:
    if isinstance(value, list):
        return list(range(len(value))) if step == ITEM else []
    if not isinstance(value, dict):
        return []
    return list(value) if step == VALUE else [step] if step in value else []


def _at(value: Any, place: Place) -> Any:
    for step in place:
        value = value[step]
    return value
