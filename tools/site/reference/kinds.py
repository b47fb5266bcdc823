"""The fields of the kinds, from the schemas of their CustomResourceDefinitions. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from tools.site.markdown import code, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Schema = dict[str, Any]
_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} long",
    "maxLength": "at most {} long",
    "minItems": "at least {} entries",
    "maxItems": "at most {} entries",
    "minProperties": "at least {} keys",
    "maxProperties": "at most {} keys",
}


class Object(NamedTuple):
    """An object of a kind: the path to it, such as spec.users.mappings[], and its schema."""

    path: str
    schema: Schema


def page(crd: Schema) -> str:
    """Return the page of a kind: a section for each of its objects, a row in it for each field."""
    spec = crd["spec"]
    (version,) = (each for each in spec["versions"] if each["storage"])
    schema = version["schema"]["openAPIV3Schema"]
    names = ", ".join(code(each) for each in [spec["names"]["plural"], *spec["names"].get("shortNames", [])])
    return "\n".join(
        [
            f"# {spec['names']['kind']}\n",
            f"{plain(schema['description'])}\n",
            f"API version `{spec['group']}/{version['name']}`, {spec['scope'].lower()}.",
            f"`kubectl get` knows it as {names}, and shows:\n",
            columns(version),
            *map(section, objects(schema)),
        ]
    )


def columns(version: Schema) -> str:
    """Return the table of the columns that kubectl shows."""
    rows = [
        [each["name"], plain(each["description"]), "with `-o wide`" if each.get("priority") else "always"]
        for each in version["additionalPrinterColumns"]
    ]
    return table(["Column", "What it shows", "Shown"], rows)


def objects(schema: Schema, path: str = "") -> Iterator[Object]:
    """Yield a schema that has fields of its own, and those below it, from the top down."""
    if "properties" in schema:
        yield Object(path, schema)
    for step, below in inner(schema):
        yield from objects(below, f"{path}.{step}".removeprefix(".").replace(".[]", "[]"))


def inner(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the schemas right below one, with the step of the path that leads to each."""
    yield from schema.get("properties", {}).items()
    if "items" in schema:
        yield "[]", schema["items"]
    if isinstance(schema.get("additionalProperties"), dict):
        yield "*", schema["additionalProperties"]


def section(one: Object) -> str:
    """Return the section of an object; the outermost has the kind's own heading."""
    needed = one.schema.get("required", ())
    rows = [
        [code(name), plain(kind(below)), default(below), said(below, needed=name in needed)]
        for name, below in one.schema["properties"].items()
    ]
    heading = f"## {one.path}\n\n" if one.path else "\n"
    about = f"{plain(one.schema['description'])}\n\n" if one.path and "description" in one.schema else ""
    return heading + about + table(["Field", "Type", "Default", "What it says"], rows) + rules(one.schema)


def kind(schema: Schema) -> str:
    """Return the type of a field in words."""
    if "items" in schema:
        return f"list of {kind(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map of {kind(schema['additionalProperties'])}"
    if schema.get("x-kubernetes-int-or-string"):
        return "integer or string"
    return str(schema.get("format") or schema.get("type", "any"))


def default(schema: Schema) -> str:
    return code(json.dumps(schema["default"], ensure_ascii=False)) if "default" in schema else ""


def said(schema: Schema, *, needed: bool) -> str:
    """Return what a field says: its description, what it may be, and what is refused with which words."""
    sentences = ["**Required.**"] if needed else []
    sentences += [plain(schema["description"])] if "description" in schema else []
    sentences += [f"One of {', '.join(map(code, schema['enum']))}."] if "enum" in schema else []
    bounds = limits(schema) + limits(schema.get("items", {}), " each")
    return " ".join(sentences + ([f"Takes: {'; '.join(bounds)}."] if bounds else []))


def limits(schema: Mapping[str, Any], each: str = "") -> list[str]:
    """Return the bounds of a field in words, and its pattern."""
    found = [text.format(f"{schema[key]:,}") + each for key, text in _BOUNDS.items() if key in schema]
    return found + ([f"pattern {code(schema['pattern'])}{each}"] if "pattern" in schema else [])


def rules(schema: Schema) -> str:
    """Return what the API server says of a value of the object that it refuses."""
    own = [each["message"] for each in schema.get("x-kubernetes-validations", ())]
    theirs = [
        f"{name}: {each['message']}"
        for name, below in schema["properties"].items()
        if "properties" not in below
        for each in below.get("x-kubernetes-validations", ())
    ]
    found = "".join(f"- {plain(message)}\n" for message in own + theirs)
    return f"\nRefused with these words:\n\n{found}" if found else ""
