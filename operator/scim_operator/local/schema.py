"""A CRD's structural schema, applied as the API server applies it: defaults filled in, all that is wrong named."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scim_operator.api.model import LIST_MAP_KEYS, LIST_TYPE, VALIDATIONS
from scim_operator.local.celrules import holds

if TYPE_CHECKING:
    from scim_operator.local.document import Path

Schema = dict[str, Any]
MAX_FAULTS = 50
"""Faults of one manifest that are told; the rest is more of the same."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the field at `path`."""

    path: Path
    message: str


@dataclass(slots=True)
class Checker:
    """Checks one value; `faults` is what was found."""

    faults: list[Fault] = field(default_factory=list)

    def check(self, value: Any, schema: Schema, path: Path = ()) -> Any:  # noqa: ANN401 - any JSON value
        """The value with defaults filled in; what is wrong with it is in `faults`."""
        before = len(self.faults)
        if before >= MAX_FAULTS:
            return value
        if not _is_type(value, schema):
            self._say(path, f"must be {_wanted(schema)}, not {_given(value)}{_quotes(value, schema)}")
            return value
        value = self._parts(value, schema, path)
        if len(self.faults) == before:
            self._check_rules(value, schema, path)
        return value

    def _parts(self, value: Any, schema: Schema, path: Path) -> Any:  # noqa: ANN401
        if isinstance(value, dict):
            return self._object(value, schema, path)
        if isinstance(value, list):
            return self._list(value, schema, path)
        if isinstance(value, str):
            self._text(value, schema, path)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self._number(value, schema, path)
        return value

    def _object(self, value: dict[str, Any], schema: Schema, path: Path) -> dict[str, Any]:
        if len(value) < schema.get("minProperties", 0):
            self._say(path, f"must have at least {schema['minProperties']} entries; add one, or leave the field out")
        if len(value) > schema.get("maxProperties", len(value)):
            self._say(path, f"must have at most {schema['maxProperties']} entries; remove some")
        if "properties" in schema:
            return self._fields(value, schema, path)
        others = schema.get("additionalProperties")
        if not isinstance(others, dict):
            return value
        return {name: self.check(each, others, (*path, name)) for name, each in value.items()}

    def _fields(self, value: dict[str, Any], schema: Schema, path: Path) -> dict[str, Any]:
        known = schema["properties"]
        made = {}
        for name, each in value.items():
            if name not in known:
                self._say((*path, name), _unknown(name, known))
            elif each is not None or "default" not in known[name]:
                made[name] = self.check(each, known[name], (*path, name))
        for name, part in _defaults(schema):
            if name not in made:
                made[name] = self.check(part["default"], part, (*path, name))
        for name in schema.get("required", ()):
            if name not in value:
                self._say((*path, name), "is required; add it")
        return made

    def _list(self, value: list[Any], schema: Schema, path: Path) -> list[Any]:
        if len(value) < schema.get("minItems", 0):
            self._say(path, f"must have at least {schema['minItems']} items; add one, or leave the field out")
        if len(value) > schema.get("maxItems", len(value)):
            self._say(path, f"must have at most {schema['maxItems']} items; remove some")
        items = schema["items"]
        made = [self.check(each, items, (*path, number)) for number, each in enumerate(value)]
        self._check_unique(made, schema, path)
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

    def _text(self, value: str, schema: Schema, path: Path) -> None:
        if len(value) < schema.get("minLength", 0):
            self._say(path, "must not be empty; write a value, or leave the field out")
        elif len(value) > schema.get("maxLength", len(value)):
            self._say(path, f"must have at most {schema['maxLength']} characters; shorten it")
        elif "enum" in schema and value not in schema["enum"]:
            self._say(path, f"must be one of {', '.join(schema['enum'])}")
        elif "pattern" in schema and not re.search(_python(schema["pattern"]), value, re.ASCII):
            self._say(path, f"must match {schema['pattern']}; correct it")
        elif schema.get("format") == "byte" and not _is_base64(value):
            self._say(path, "must be base64; encode the value")
        elif schema.get("format") == "date-time" and not _is_instant(value):
            self._say(path, "must be a date and time that exist, such as 2026-12-01T09:00:00+01:00; correct it")

    def _number(self, value: float, schema: Schema, path: Path) -> None:
        if value < schema.get("minimum", value):
            self._say(path, f"must be at least {schema['minimum']}")
        elif value > schema.get("maximum", value):
            self._say(path, f"must be at most {schema['maximum']}")
        elif "enum" in schema and value not in schema["enum"]:
            self._say(path, f"must be one of {', '.join(map(str, schema['enum']))}")

    def _check_rules(self, value: Any, schema: Schema, path: Path) -> None:  # noqa: ANN401
        for rule in schema.get(VALIDATIONS, ()):
            if not holds(rule["rule"])(value):
                self._say((*path, *_field_path(rule)), rule["message"])

    def _say(self, path: Path, message: str) -> None:
        self.faults.append(Fault(path, message))


def _field_path(rule: dict[str, str]) -> Path:
    return tuple(rule.get("fieldPath", "").strip(".").split(".")) if rule.get("fieldPath") else ()


def _defaults(schema: Schema) -> list[tuple[str, Schema]]:
    return [(name, part) for name, part in schema["properties"].items() if "default" in part]


_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int, float),
    "number": (int, float),
}
_WORDS = {"object": "a mapping", "array": "a list", "string": "a text", "boolean": "true or false"}


def _is_type(value: Any, schema: Schema) -> bool:  # noqa: ANN401
    if schema.get("x-kubernetes-int-or-string"):
        return isinstance(value, str) or _is_whole(value)
    type_ = schema.get("type")
    if type_ is None:
        return True
    if type_ == "integer":
        return _is_whole(value)
    return isinstance(value, _TYPES[type_]) and (type_ == "boolean" or not isinstance(value, bool))


def _is_whole(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def _wanted(schema: Schema) -> str:
    if schema.get("x-kubernetes-int-or-string"):
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


def _is_instant(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_base64(value: str) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
