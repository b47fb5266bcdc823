"""Attribute paths (RFC 7644 section 3.10 and figure 7): parsed once, read and written many times.

    path      = [urn ":"] attribute ["[" comparison *(" and " comparison) "]"] ["." sub-attribute]
    comparison = sub-attribute " eq " (JSON string, boolean or number)

Names and URNs compare without regard to case (RFC 7643 section 2.1); known ones are put into their schema's spelling.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NoReturn

from scim_operator.core.attributes import schema
from scim_operator.core.resource import ENTERPRISE_USER
from scim_operator.errors import InvalidSpec

if TYPE_CHECKING:
    from scim_operator.core.attributes.schema import Attribute
    from scim_operator.core.resource import Document, JsonValue


class Absent(Enum):
    """Ways of having no value."""

    MISSING = "missing"
    """The document does not have the attribute."""
    CLEARED = "cleared"
    """The attribute is wanted, and wanted empty."""
    KEPT = "kept"
    """The mapping itself decides that the service's value stays."""

    def __repr__(self) -> str:
        return self.name


MISSING: Final = Absent.MISSING
CLEARED: Final = Absent.CLEARED
KEPT: Final = Absent.KEPT


@dataclass(frozen=True, slots=True)
class Comparison:
    """`sub_attribute eq value` inside a value filter; strings compare as the sub-attribute's caseExact says."""

    sub_attribute: Attribute
    value: str | bool | int | float

    @property
    def key(self) -> tuple[str, str]:
        """Return what makes two comparisons the same."""
        literal = json.dumps(self.value)
        return self.sub_attribute.name.lower(), literal if self.sub_attribute.case_exact else literal.lower()

    def holds(self, element: JsonValue) -> bool:
        """Return whether the element of a multi-valued attribute has that value."""
        if not isinstance(element, dict):
            return False
        found = child(element, self.sub_attribute.name)
        return bool(found == self.value) or self._alike(schema.typed(self.sub_attribute, found))

    def _alike(self, found: JsonValue) -> bool:
        if isinstance(found, str) and isinstance(self.value, str) and not self.sub_attribute.case_exact:
            return found.lower() == self.value.lower()
        return bool(found == self.value)

    def __str__(self) -> str:
        return f"{self.sub_attribute.name} eq {json.dumps(self.value, ensure_ascii=False)}"


@dataclass(frozen=True, slots=True, eq=False)
class AttributePath:
    """Names one attribute of a resource, or one sub-attribute of it, or of those elements that a value filter selects.

    `urn` is "" for the core schemas. Equal paths name the same attribute, whatever their spelling.
    A value filter is meant to select one element at most; where a service holds several, the first is read.
    """

    urn: str
    attribute: str
    comparisons: tuple[Comparison, ...] = ()
    sub_attribute: str = ""
    characteristics: Attribute = field(init=False, repr=False)
    member: str = field(init=False, repr=False)
    """The member of a document that holds it, in lower case: the extension, or the attribute itself."""
    _key: tuple[object, ...] = field(init=False, repr=False)
    _hash: int = field(init=False, repr=False)
    _text: str = field(init=False, repr=False, default="")
    _whole: AttributePath | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        filters = tuple(sorted({comparison.key for comparison in self.comparisons}))
        key = (self.urn.lower(), self.attribute.lower(), filters, self.sub_attribute.lower())
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "_hash", hash(key))
        object.__setattr__(self, "member", key[0] or key[1])
        object.__setattr__(self, "characteristics", self._characteristics())

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, AttributePath) and self._key == other._key)

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        """The path as a PATCH operation names it; built once, because each sweep asks for it repeatedly."""
        if not self._text:
            object.__setattr__(self, "_text", self._spelled())
        return self._text

    def _spelled(self) -> str:
        text = f"{self.urn}:{self.attribute}" if self.urn else self.attribute
        if self.comparisons:
            text += f"[{' and '.join(map(str, self.comparisons))}]"
        return f"{text}.{self.sub_attribute}" if self.sub_attribute else text

    def __repr__(self) -> str:
        return f"AttributePath({str(self)!r})"

    @property
    def whole(self) -> AttributePath:
        """The attribute itself, without filter and sub-attribute; kept, since mapping asks for it again and again."""
        if self._whole is None:
            object.__setattr__(self, "_whole", AttributePath(self.urn, self.attribute))
        assert self._whole is not None  # noqa: S101 - it was made just now
        return self._whole

    @property
    def element(self) -> AttributePath:
        """The path without its sub-attribute: with a filter, the element that it selects."""
        return AttributePath(self.urn, self.attribute, self.comparisons) if self.sub_attribute else self

    def covers(self, other: AttributePath) -> bool:
        """Return whether what `other` names is a part of what this names, or the same."""
        return self == other or (
            not self.sub_attribute and self._key[:2] == other._key[:2] and self._key[2] in ((), other._key[2])
        )

    def overlaps(self, other: AttributePath) -> bool:
        """Return whether one of the two is the other or a part of it."""
        return self.covers(other) or other.covers(self)

    def read(self, document: Document) -> JsonValue:
        """Return the value in `document`, or MISSING. Without a filter, a sub-attribute of elements reads as a list."""
        holder = child(document, self.urn) if self.urn else document
        value = child(holder, self.attribute) if isinstance(holder, dict) else MISSING
        if self.comparisons and value is not MISSING:
            value = self._select(value)
        if not self.sub_attribute or value is MISSING:
            return value
        if isinstance(value, dict):
            return child(value, self.sub_attribute)
        return self._of_each(value)

    def write(self, document: Document, value: JsonValue) -> None:
        """Set the value in `document` itself, making the extension, complex attribute or element where needed."""
        holder = _descend(document, self.urn) if self.urn else document
        if self.comparisons:
            holder = self._demand(holder)
            if not self.sub_attribute:
                holder.update(value)
                return
        elif self.sub_attribute:
            holder = _descend(holder, self.attribute)
        name = self.sub_attribute or self.attribute
        holder[key_of(holder, name) or name] = value

    def delete(self, document: Document) -> None:
        """Remove the attribute from `document` itself, and a complex attribute, list or extension left empty."""
        if self.urn:
            key = key_of(document, self.urn)
            if key is not None and isinstance(document[key], dict):
                self._delete_in(document[key])
                _drop_empty(document, key)
        else:
            self._delete_in(document)

    def _characteristics(self) -> Attribute:
        attribute = schema.attribute_of(self.urn, self.attribute)
        return attribute.element() if not self.sub_attribute and self.comparisons else self._of_sub(attribute)

    def _of_sub(self, attribute: Attribute) -> Attribute:
        return attribute.sub_attribute(self.sub_attribute) if self.sub_attribute else attribute

    def _select(self, value: JsonValue) -> JsonValue:
        for element in value if isinstance(value, list) else [value]:
            if self._selects(element):
                return element
        return MISSING

    def _selects(self, element: JsonValue) -> bool:
        for comparison in self.comparisons:  # noqa: SIM110 - most have one, and each object of a sweep is asked
            if not comparison.holds(element):
                return False
        return True

    def _of_each(self, value: JsonValue) -> JsonValue:
        if not isinstance(value, list):
            return MISSING
        found = [child(element, self.sub_attribute) for element in value if isinstance(element, dict)]
        return [each for each in found if each is not MISSING] or MISSING

    def _demand(self, holder: Document) -> Document:
        """Return the element that the filter selects, made with the filter's own values where there is none."""
        key = key_of(holder, self.attribute) or self.attribute
        held = holder.get(key)
        elements = held if isinstance(held, list) else [held] if held else []
        holder[key] = elements
        found = self._select(elements)
        if found is MISSING:
            found = {each.sub_attribute.name: each.value for each in self.comparisons}
            elements.append(found)
        element: Document = found
        return element

    def _delete_in(self, holder: Document) -> None:
        key = key_of(holder, self.attribute)
        if key is None:
            return
        if self.comparisons:
            self._delete_element(holder, key)
        elif not self.sub_attribute:
            del holder[key]
            return
        else:
            _delete_child(holder[key], self.sub_attribute)
        _drop_empty(holder, key)

    def _delete_element(self, holder: Document, key: str) -> None:
        elements = holder[key] if isinstance(holder[key], list) else [holder[key]]
        if self.sub_attribute:
            for element in filter(self._selects, elements):
                _delete_child(element, self.sub_attribute)
            holder[key] = [element for element in elements if element != {}]
        else:
            holder[key] = [element for element in elements if not self._selects(element)]


def child(holder: Document, name: str) -> JsonValue:
    """Return the member of that name in any case, or MISSING."""
    if name in holder:
        return holder[name]
    key = key_of(holder, name)
    return MISSING if key is None else holder[key]


def key_of(holder: Document, name: str) -> str | None:
    """Return how `holder` itself spells that name, or None where it has no such member."""
    if name in holder:
        return name
    # Most mapped attributes are absent from most documents: comparing lengths first avoids lower-casing every key.
    length = len(name)
    for key in holder:
        if len(key) == length and key.lower() == name.lower():
            return key
    return None


def _descend(holder: Document, name: str) -> Document:
    key = key_of(holder, name) or name
    if not isinstance(holder.get(key), dict):
        holder[key] = {}
    inner: Document = holder[key]
    return inner


def _delete_child(holder: JsonValue, name: str) -> None:
    for each in holder if isinstance(holder, list) else [holder]:
        key = key_of(each, name) if isinstance(each, dict) else None
        if key is not None:
            del each[key]


def _drop_empty(holder: Document, key: str) -> None:
    if holder[key] in ({}, []):
        del holder[key]


_NAME = re.compile(r"[A-Za-z$][\w$-]*", re.ASCII)
_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:[^\s:\[\]][^\s\[\]]*", re.ASCII | re.IGNORECASE)
_SPACE = re.compile(r"[ \t]*")
_SHOWN = 512
"""Characters of a path that a message quotes."""
_DECODER = json.JSONDecoder()


@lru_cache(maxsize=4096)
def parse(text: str) -> AttributePath:
    """Parse a path; raises InvalidSpec with the position (from 1) of what cannot be read.

    `manager` is a field of its own in a manifest, and so may be written without the URN of the enterprise extension.
    """
    return _Parser(f"{ENTERPRISE_USER}:{text}" if text.lower() in _OF_ENTERPRISE else text).path()


_OF_ENTERPRISE = frozenset({"manager", "manager.value"})


@dataclass(slots=True)
class _Parser:
    text: str
    position: int = 0

    def path(self) -> AttributePath:
        urn = self._urn()
        attribute = schema.attribute_of(urn, self._name("an attribute name"))
        comparisons = self._filter(attribute) if self._accept("[") else ()
        sub = attribute.sub_attribute(self._name("a sub-attribute name")).name if self._accept(".") else ""
        if self.position < len(self.text):
            self._fail("the end of the path")
        return AttributePath(urn, attribute.name, comparisons, sub)

    def _urn(self) -> str:
        """Everything before the last colon ahead of a filter: the URN itself may hold dots, digits and colons."""
        head = self.text.partition("[")[0]
        urn, colon, _ = head.rpartition(":")
        if not colon:
            return ""
        if schema.is_schema(head):
            self.position = len(head)
            self._fail("':' and an attribute name after the schema's URN")
        if not _URN.fullmatch(urn):
            self._fail("an attribute name, or a schema's URN before it")
        self.position = len(urn) + 1
        return "" if urn.lower() in schema.CORE_SCHEMAS else schema.spelling(urn)

    def _filter(self, attribute: Attribute) -> tuple[Comparison, ...]:
        comparisons = [self._comparison(attribute)]
        while not self._accept("]"):
            self._word("and", "'and' or ']'")
            start = self.position
            comparisons.append(self._comparison(attribute))
            if len({each.sub_attribute.name.lower() for each in comparisons}) < len(comparisons):
                self.position = start
                self._fail("a sub-attribute that is not compared yet")
        return tuple(comparisons)

    def _comparison(self, attribute: Attribute) -> Comparison:
        self._skip()
        sub = attribute.sub_attribute(self._name("a sub-attribute name"))
        self._skip()
        self._word("eq", "'eq' (no other operator may select an element)")
        self._skip()
        comparison = Comparison(sub, schema.typed(sub, self._literal()))
        self._skip()
        return comparison

    def _literal(self) -> str | bool | int | float:
        start = self.position
        try:
            value, self.position = _DECODER.raw_decode(self.text, start)
        except ValueError:
            self._fail('a value: a text in double quotes, as "work", or true, false or a number')
        if not isinstance(value, str | bool | int | float):
            self.position = start
            self._fail("a text in double quotes, true, false or a number")
        return value

    def _name(self, expected: str) -> str:
        found = _NAME.match(self.text, self.position)
        if found is None:
            self._fail(expected)
        self.position = found.end()
        return found.group()

    def _word(self, word: str, expected: str) -> None:
        start = self.position
        found = _NAME.match(self.text, start)
        if found is None or found.group().lower() != word:
            self._fail(expected)
        self.position = found.end()

    def _accept(self, mark: str) -> bool:
        if not self.text.startswith(mark, self.position):
            return False
        self.position += 1
        return True

    def _skip(self) -> None:
        found = _SPACE.match(self.text, self.position)
        self.position = found.end() if found else self.position

    def _fail(self, expected: str) -> NoReturn:
        raise InvalidSpec(f"attribute path '{self.text[:_SHOWN]}': position {self.position + 1}: expected {expected}")


EXTERNAL_ID = parse("externalId")
"""The id that the provisioning client gives a resource (RFC 7643 section 3.1)."""
MANAGER = parse("manager")
"""The reference to a user's manager (RFC 7643 section 4.3)."""
ACTIVE = parse("active")
"""The attribute that disables a user at the service (RFC 7643 section 4.1.1)."""
