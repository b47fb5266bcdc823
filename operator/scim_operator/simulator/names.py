"""Attribute names, attribute paths and filters (RFC 7644 section 3.10 and 3.4.2.2), read against the known schemas.

Filters are what VMware Identity Service is known to take: `eq`, joined by `and`, and value paths in brackets.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import orjson

from scim_operator.simulator.messages import Json, Refusal
from scim_operator.simulator.schema import CORE, EXTENSIONS, MEMBERS, Attribute, Kind, ResourceType, extension, is_urn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TOKEN = re.compile(r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<mark>[\[\]()])|(?P<word>[^\s"\[\]()]+)|(?P<end>$))')
_OPEN_URN = re.compile(r"urn:.+:\d+\.\d+:\w+", re.IGNORECASE)
_NAME = re.compile(r"\$?[A-Za-z][\w$-]*")


class UnknownName(ValueError):  # noqa: N818 - becomes invalidPath or invalidFilter, as the place asks
    """A name that is no attribute of the resource; the message names it."""


@dataclass(frozen=True, slots=True)
class Path:
    """A resolved path. `attribute` None is the whole extension; `where` selects values of a multi-valued attribute."""

    extension: str
    attribute: Attribute | None
    where: Filter = ()
    sub: Attribute | None = None

    @property
    def key(self) -> str:
        """Returns a name for comparing: lower case, with the sub-attribute that a filter means by default."""
        if self.attribute is None:
            return self.extension.lower()
        sub = self.sub or default_sub(self.attribute)
        prefix = f"{self.extension}:" if self.extension else ""
        return (f"{prefix}{self.attribute.name}" + (f".{sub.name}" if sub else "")).lower()


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path eq value`; with `exists`, a value path in brackets that some value must satisfy."""

    path: Path
    value: Json = None
    exists: bool = False


Filter = tuple[Comparison, ...]
"""Comparisons joined by `and`."""


def default_sub(attribute: Attribute) -> Attribute | None:
    """Returns the sub-attribute meant where a multi-valued complex attribute is compared as a whole: `value`."""
    return attribute.subs.get("value") if attribute.multi else None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names of one resource type. `strict` refuses unknown ones, `dotted` takes `urn:….attribute` only."""

    type: ResourceType
    strict: bool = True
    dotted: bool = False

    def resolve(self, text: str) -> Path:
        """Reads `attribute`, `attribute.sub`, `urn:…:attribute.sub` or `urn:…`; raises UnknownName."""
        urn, rest = self._split(text) if is_urn(text) else ("", text)
        if urn and not rest:
            return Path(urn, None)
        name, _, sub_name = rest.partition(".")
        attribute = self._attribute(urn, name)
        return Path(urn, attribute, sub=self.sub(attribute, sub_name) if sub_name else None)

    def sub(self, attribute: Attribute, name: str) -> Attribute:
        """Returns the sub-attribute of that name; raises UnknownName."""
        return self._known(attribute.subs, name, "sub-attribute")

    def _attribute(self, urn: str, name: str) -> Attribute:
        if not urn:
            return self._known(CORE[self.type].attributes, name, "attribute")
        schema = extension(self.type, urn)
        return self._known(schema.attributes, name, "attribute") if schema else _made_up(name)

    def _known(self, names: Mapping[str, Attribute], name: str, kind: str) -> Attribute:
        found = names.get(name.lower())
        if found is None and self.strict:
            raise UnknownName(f"{name} is no {kind} of a {self.type.value} here")
        return found or _made_up(name)

    def _split(self, text: str) -> tuple[str, str]:
        for urn in (CORE[self.type].urn, *(schema.urn for schema in EXTENSIONS[self.type].values())):
            if text.lower().startswith(urn.lower()):
                return self._after(urn, text[len(urn) :])
        if _OPEN_URN.fullmatch(text):
            return text, ""
        urn, _, name = text.rpartition(":")
        return urn, name

    def _after(self, urn: str, rest: str) -> tuple[str, str]:
        core = urn == CORE[self.type].urn
        mark = "." if self.dotted and not core else ":"
        if not rest.startswith(mark) and rest:
            raise UnknownName(f"an attribute of an extension is written urn{mark}attribute here")
        return "" if core else urn, rest[1:]


def _made_up(name: str) -> Attribute:
    if not _NAME.fullmatch(name):
        raise UnknownName("a name has letters, digits, - and _")
    return Attribute(name, Kind.ANY)


def parse_filter(text: str, vocabulary: Vocabulary) -> list[Filter]:
    """Reads a filter, as those that `or` joins; raises Refusal 400 invalidFilter."""
    with _refusing("filter", "invalidFilter"):
        parser = _Parser(text, vocabulary)
        found = parser.disjunction()
        parser.expect("")
    return found


def parse_path(text: str, vocabulary: Vocabulary) -> Path:
    """Reads the path of a PATCH operation; raises Refusal 400 invalidPath."""
    with _refusing("path", "invalidPath"):
        parser = _Parser(text, vocabulary)
        found = parser.path()
        parser.expect("")
    return found


@contextmanager
def _refusing(what: str, scim_type: str) -> Iterator[None]:
    """Refuse a text that is not understood."""
    try:
        yield
    except UnknownName as error:
        raise Refusal(400, f"The {what} is not understood: {error}.", scim_type) from None


class _Parser:
    """Reads tokens from left to right; raises UnknownName, with a position and never a value."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self._text = text
        self._at = 0
        self._vocabulary = vocabulary
        self._kind, self._token = "", ""
        self._advance()

    def _advance(self) -> None:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            raise UnknownName(f"there is an open quotation mark at {self._at}")
        self._at = match.end()
        self._kind = str(match.lastgroup)
        self._token = match.group(self._kind)

    def expect(self, token: str) -> None:
        """Takes the token of that text; the empty one is the end."""
        if self._kind == "string" or self._token.lower() != token:
            raise UnknownName(f"{token or 'the end'} was expected before position {self._at}")
        if token:
            self._advance()

    def disjunction(self) -> list[Filter]:
        found = [self.conjunction()]
        while self._kind == "word" and self._token.lower() == "or" and not self._vocabulary.strict:
            self._advance()
            found.append(self.conjunction())
        return found

    def conjunction(self) -> Filter:
        found = [self._comparison()]
        while self._kind == "word" and self._token.lower() == "and":
            self._advance()
            found.append(self._comparison())
        return tuple(found)

    def path(self) -> Path:
        if self._kind != "word":
            raise UnknownName(f"a name was expected before position {self._at}")
        found = self._vocabulary.resolve(self._token)
        self._advance()
        return self._value_path(found) if self._token == "[" else found  # noqa: S105 - a token of the grammar

    def _value_path(self, path: Path) -> Path:
        attribute = path.attribute
        if attribute is None or not attribute.multi or path.sub is not None:
            raise UnknownName("only a multi-valued attribute takes a filter in brackets")
        self.expect("[")
        outer = self._vocabulary
        self._vocabulary = _Inside(outer.type, outer.strict, attribute=attribute)
        where = self.conjunction()
        self._vocabulary = outer
        self.expect("]")
        return replace(path, where=where, sub=self._trailing_sub(attribute))

    def _trailing_sub(self, attribute: Attribute) -> Attribute | None:
        if self._kind != "word" or not self._token.startswith("."):
            return None
        name = self._token[1:]
        self._advance()
        return self._vocabulary.sub(attribute, name)

    def _comparison(self) -> Comparison:
        path = self.path()
        if path.where and path.sub is None:
            return Comparison(path, exists=True)
        if path.attribute is None:
            raise UnknownName("an extension as a whole cannot be compared")
        self.expect("eq")
        value = self._literal()
        _check_type(path, value)
        return Comparison(path, value)

    def _literal(self) -> Json:
        try:
            value = orjson.loads(self._token)
        except orjson.JSONDecodeError:
            raise UnknownName(f"a value in quotation marks was expected before position {self._at}") from None
        self._advance()
        return value


@dataclass(frozen=True, slots=True)
class _Inside(Vocabulary):
    """The names inside brackets: the sub-attributes of `attribute`."""

    attribute: Attribute = MEMBERS

    def resolve(self, text: str) -> Path:
        return Path("", self.sub(self.attribute, text))


def _check_type(path: Path, value: Json) -> None:
    attribute = path.sub or path.attribute
    if attribute is not None and attribute.kind is Kind.BOOLEAN and not isinstance(value, bool):
        raise UnknownName(f"{attribute.name} is compared with true or false")
