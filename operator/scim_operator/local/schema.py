"""A CRD's structural schema, applied as the API server applies it: defaults filled in, all faults named."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from scim_operator.api.model import LIST_MAP_KEYS, LIST_TYPE, VALIDATIONS
from scim_operator.local.celrules import holds
from scim_operator.local.forms import how_to_write, is_of_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from scim_operator.local.document import Path

Schema = dict[str, Any]
INT_OR_STRING = "x-kubernetes-int-or-string"
MAX_FAULTS = 50
"""Faults of one manifest that are reported; the rest is more of the same."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the field at `path`."""

    path: Path
    message: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A validation rule: what judges a value, and what to say at which field of it."""

    holds: Callable[[Any], bool]
    field: Path
    message: str


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a schema, with its checks looked up once, and not for each of ten thousand objects.

    `fields` None: not named one by one; then `others`, if given, checks each field.
    """

    schema: Schema
    types: frozenset[type]
    fields: dict[str, Node] | None
    others: Node | None
    items: Node | None
    rules: tuple[Rule, ...]
    least: int
    most: float
    enum: tuple[Any, ...]
    pattern: re.Pattern[str] | None
    form: str
    defaults: tuple[tuple[str, Node], ...] = ()


def node_of(schema: Schema) -> Node:
    """Return the schema, ready to check with."""
    properties, others, items = schema.get("properties"), schema.get("additionalProperties"), schema.get("items")
    fields = None if properties is None else {name: node_of(part) for name, part in properties.items()}
    return Node(
        schema=schema,
        types=_types(schema),
        fields=fields,
        others=node_of(others) if isinstance(others, dict) else None,
        items=node_of(items) if isinstance(items, dict) else None,
        rules=tuple(_rule_of(each) for each in schema.get(VALIDATIONS, ())),
        least=schema.get("minLength", 0),
        most=schema.get("maxLength", inf),
        enum=tuple(schema.get("enum", ())),
        pattern=re.compile(_python(schema["pattern"]), re.ASCII) if "pattern" in schema else None,
        form=schema.get("format", ""),
        defaults=tuple((name, part) for name, part in (fields or {}).items() if "default" in part.schema),
    )


def _rule_of(rule: dict[str, str]) -> Rule:
    field = rule.get("fieldPath", "").strip(".")
    return Rule(holds(rule["rule"]), tuple(field.split(".")) if field else (), rule["message"])


@dataclass(slots=True)
class Checker:
    """Checks one value; `faults` is what was found."""

    faults: list[Fault] = field(default_factory=list)

    def check(self, value: Any, node: Node, path: Path = ()) -> Any:  # noqa: ANN401 - any JSON value
        """Return the value with defaults filled in, and add its faults to `faults`."""
        before = len(self.faults)
        if before >= MAX_FAULTS:
            return value
        if type(value) not in node.types and not _is_whole_number(value, node.schema):
            self._say(path, f"must be {_wanted(node.schema)}, not {_given(value)}{_quotes(value, node.schema)}")
            return value
        part = _PARTS.get(type(value))
        if part is not None:
            value = part(self, value, node, path)
        if node.rules and len(self.faults) == before:
            self._check_rules(value, node, path)
        return value

    def _object(self, value: dict[str, Any], node: Node, path: Path) -> dict[str, Any]:
        others = node.others
        if node.fields is not None or others is not None:  # the API server drops null before it looks at the rest
            value = {name: each for name, each in value.items() if each is not None}
        self._check_count(len(value), node.schema, ("Properties", "entries"), path)
        if node.fields is not None:
            return self._fields(value, node, path)
        return value if others is None else {n: self.check(each, others, (*path, n)) for n, each in value.items()}

    def _check_count(self, count: int, schema: Schema, unit: tuple[str, str], path: Path) -> None:
        suffix, called = unit
        if count < schema.get(f"min{suffix}", 0):
            self._say(path, f"must have at least {schema[f'min{suffix}']} {called}; add one, or leave the field out")
        if count > schema.get(f"max{suffix}", count):
            self._say(path, f"must have at most {schema[f'max{suffix}']} {called}; remove some")

    def _fields(self, value: dict[str, Any], node: Node, path: Path) -> dict[str, Any]:
        known = node.fields or {}
        made = {}
        for name, each in value.items():
            part = known.get(name)
            if part is None:
                self._say((*path, name), _unknown(name, known))
            else:
                made[name] = self.check(each, part, (*path, name))
        for name, part in node.defaults:
            if name not in made:
                made[name] = self.check(part.schema["default"], part, (*path, name))
        for name in node.schema.get("required", ()):
            if name not in made:
                self._say((*path, name), "is required; add it")
        return made

    def _list(self, value: list[Any], node: Node, path: Path) -> list[Any]:
        self._check_count(len(value), node.schema, ("Items", "items"), path)
        items = node.items
        assert items is not None  # noqa: S101 - a structural schema says what is in a list
        made = [self.check(each, items, (*path, number)) for number, each in enumerate(value)]
        self._check_unique(made, node.schema, path)
        return made

    def _check_unique(self, items: list[Any], schema: Schema, path: Path) -> None:
        keys: tuple[str, ...] = tuple(schema.get(LIST_MAP_KEYS, ()))
        if schema.get(LIST_TYPE) == "atomic" or schema.get(LIST_TYPE) is None:
            return
        seen: set[str] = set()
        for number, item in enumerate(items):
            name = repr([item.get(key) for key in keys]) if keys and isinstance(item, dict) else repr(item)
            if name in seen:
                self._say((*path, number), "stands in the list twice; keep one")
            seen.add(name)

    def _text(self, value: str, node: Node, path: Path) -> str:
        if len(value) < node.least:
            self._say(path, "must not be empty; write a value, or leave the field out")
        elif len(value) > node.most:
            self._say(path, f"must have at most {node.most} characters; shorten it")
        elif node.enum and value not in node.enum:
            self._say(path, f"must be one of {', '.join(node.enum)}")
        elif not (node.pattern is None or node.pattern.search(value)) or not is_of_form(value, node.form):
            self._say(path, how_to_write(node.schema))
        return value

    def _number(self, value: float, node: Node, path: Path) -> float:
        schema = node.schema
        if value < schema.get("minimum", value):
            self._say(path, f"must be at least {schema['minimum']}")
        elif value > schema.get("maximum", value):
            self._say(path, f"must be at most {schema['maximum']}")
        elif node.enum and value not in node.enum:
            self._say(path, f"must be one of {', '.join(map(str, node.enum))}")
        return value

    def _check_rules(self, value: Any, node: Node, path: Path) -> None:  # noqa: ANN401
        for rule in node.rules:
            if not rule.holds(value):
                self._say((*path, *rule.field), rule.message)

    def _say(self, path: Path, message: str) -> None:
        self.faults.append(Fault(path, message))


_PARTS: dict[type, Callable[[Checker, Any, Node, Path], Any]] = {
    dict: Checker._object,  # noqa: SLF001 - the class's own table
    list: Checker._list,  # noqa: SLF001
    str: Checker._text,  # noqa: SLF001
    int: Checker._number,  # noqa: SLF001
    float: Checker._number,  # noqa: SLF001
}
"""By the types of JSON, which have no subclasses here."""


_TYPES: dict[str, frozenset[type]] = {
    "object": frozenset({dict}),
    "array": frozenset({list}),
    "string": frozenset({str}),
    "boolean": frozenset({bool}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
}
_ANY: frozenset[type] = frozenset({dict, list, str, bool, int, float, type(None)})
_WORDS = {"object": "a mapping", "array": "a list", "string": "a text", "boolean": "true or false"}


def _types(schema: Schema) -> frozenset[type]:
    if schema.get(INT_OR_STRING):
        return frozenset({int, str})
    return _TYPES[schema["type"]] if "type" in schema else _ANY


def _is_whole_number(value: Any, schema: Schema) -> bool:  # noqa: ANN401
    """Return whether a whole number is wanted, and the value is one written as 1.0: JSON makes no difference."""
    asked = schema.get("type") == "integer" or schema.get(INT_OR_STRING)
    return bool(asked) and isinstance(value, float) and value.is_integer()


def _wanted(schema: Schema) -> str:
    if schema.get(INT_OR_STRING):
        return "a text or a whole number"
    type_ = schema["type"]
    return "a whole number" if type_ == "integer" else _WORDS.get(type_, f"a {type_}")


def _given(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else "a text" if isinstance(value, str) else "a number"


def _quotes(value: Any, schema: Schema) -> str:  # noqa: ANN401
    if value is None:
        return "; write a value, or leave the field out"
    scalar = schema.get("type") == "string" and not isinstance(value, dict | list)
    return "; put quotes around it" if scalar else ""


def _unknown(name: str, known: dict[str, Any]) -> str:
    near = next((each for each in known if each.lower() == name.lower()), None)
    return f"is no field; write {near}" if near else "is no field; remove it, or correct its name"


def _python(pattern: str) -> str:
    """Go's `$` is the end of the text alone."""
    return re.sub(r"(?<!\\)\$$", r"\\Z", pattern)
