"""The chart's values, from values.yaml and its schema. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from tools.chart import described_values
from tools.site.markdown import code, plain, table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Schema = dict[str, Any]
ABOUT = """# Chart values

Every value of the chart, with what `values.schema.json` takes. [The chart](../chart.md) says how
they go together.

"""
_ABSENT = object()


def page(text: str, schema: Schema) -> str:
    """Return the page of all values, from the text of values.yaml, which has their descriptions, and the schema."""
    defaults, comments = yaml.safe_load(text), dict(described_values(text))
    listed = dict(values(schema, schema))
    parents = {path.rpartition(".")[0] for path in listed}
    rows = [
        [
            code(path),
            plain(kind(below)),
            default(defaults, path, parents),
            plain(comments.get(path) or below.get("description", "")),
        ]
        for path, below in listed.items()
    ]
    return ABOUT + table(["Value", "Type", "Default", "What it does"], rows)


def values(schema: Schema, whole: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield each value by its path, such as networkPolicy.services[].cidr, with its schema."""
    for name, given in schema.get("properties", {}).items():
        below = resolved(given, whole)
        yield f"{path}{name}", below
        if "$ref" not in given:
            yield from values(below, whole, f"{path}{name}.")
            yield from values(resolved(below.get("items", {}), whole), whole, f"{path}{name}[].")


def resolved(schema: Schema, whole: Schema) -> Schema:
    """Return a schema with what it refers to in its place; what it says itself counts."""
    if "$ref" not in schema:
        return schema
    return {**whole["definitions"][schema["$ref"].rpartition("/")[2]], **schema}


def kind(schema: Schema) -> str:
    """Return the type of a value in words."""
    if "enum" in schema:
        return "one of " + ", ".join(code(json.dumps(each)) for each in schema["enum"])
    types = schema.get("type", "any")
    words = " or ".join(types) if isinstance(types, list) else str(types)
    least, most = schema.get("minimum"), schema.get("maximum")
    return f"{words}, {least} to {most}" if least is not None and most is not None else words


def default(defaults: Any, path: str, parents: Collection[str]) -> str:  # noqa: ANN401 - any YAML value
    """Return the default at a path; "" where there is none, or where the values below it have theirs."""
    found = defaults
    for key in path.split("."):
        found = found.get(key, _ABSENT) if isinstance(found, dict) else _ABSENT
    return "" if found is _ABSENT or (found and path in parents) else code(json.dumps(found, ensure_ascii=False))
