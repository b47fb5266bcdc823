"""Filters as people write them (RFC 4515), in the form in which a server gets them (RFC 4511 section 4.5.1.7)."""

from __future__ import annotations

import re

from scim_operator.errors import InvalidSpec
from scim_operator.sources.ldap import ber

_AND, _OR, _NOT, _EQUAL, _SUBSTRINGS, _PRESENT, _EXTENSIBLE = 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0x87, 0xA9
_OTHERS = {">=": 0xA5, "<=": 0xA6, "~=": 0xA8}
_ITEM = re.compile(r"\(([A-Za-z0-9.;:_-]*?)(:=|>=|<=|~=|=)([^()\0]*)\)")
_NAME = re.compile(r"[A-Za-z0-9.;_-]+")
_ESCAPE = re.compile(r"\\(?:([0-9A-Fa-f]{2})|)")
_DEEPEST = 50
_WRONG = "is no LDAP filter; write one such as (&(objectClass=person)(l=Berlin)), with \\28 for a bracket in a value"


def encoded(text: str) -> bytes:
    """Return the filter as a server gets it. Errors: InvalidSpec."""
    found, at = _filter(text.strip(), 0, 0)
    if at != len(text.strip()):
        raise InvalidSpec(_WRONG)
    return found


def _filter(text: str, at: int, depth: int) -> tuple[bytes, int]:
    """Return the filter that begins there, and where it ends."""
    if depth > _DEEPEST or text[at : at + 1] != "(":
        raise InvalidSpec(_WRONG)
    sign = text[at + 1 : at + 2]
    if sign not in ("&", "|", "!") or not sign:
        return _item(text, at)
    parts, at = [], at + 2
    while text[at : at + 1] == "(":
        part, at = _filter(text, at, depth + 1)
        parts.append(part)
    if text[at : at + 1] != ")" or (sign == "!" and len(parts) != 1):
        raise InvalidSpec(_WRONG)
    return ber.element({"&": _AND, "|": _OR, "!": _NOT}[sign], *parts), at + 1


def _item(text: str, at: int) -> tuple[bytes, int]:
    if (found := _ITEM.match(text, at)) is None:
        raise InvalidSpec(_WRONG)
    name, how, value = found.groups()
    if how == ":=":
        return _extensible(name, value), found.end()
    if not _NAME.fullmatch(name):
        raise InvalidSpec(_WRONG)
    if how in _OTHERS:
        return ber.element(_OTHERS[how], ber.text(name), ber.text(_value(value))), found.end()
    if value == "*":
        return ber.text(name, _PRESENT), found.end()
    if "*" in value:
        return _substrings(name, value), found.end()
    return ber.element(_EQUAL, ber.text(name), ber.text(_value(value))), found.end()


def _substrings(name: str, value: str) -> bytes:
    first, *middle, last = value.split("*")
    parts = [ber.text(_value(first), 0x80)] if first else []
    parts += [ber.text(_value(each), 0x81) for each in middle if each]
    parts += [ber.text(_value(last), 0x82)] if last else []
    if not parts:
        raise InvalidSpec(_WRONG)
    return ber.element(_SUBSTRINGS, ber.text(name), ber.element(ber.SEQUENCE, *parts))


def _extensible(name: str, value: str) -> bytes:
    """Return a match by a rule, as `userAccountControl:1.2.840.113556.1.4.803:=2`."""
    attribute, *rest = name.split(":")
    whole = [each for each in rest if each.lower() == "dn"]
    rules = [each for each in rest if each.lower() != "dn"]
    texts = [attribute, *rules] if attribute else rules
    if len(rules) > 1 or not texts or not all(map(_NAME.fullmatch, texts)):
        raise InvalidSpec(_WRONG)
    parts = [ber.text(rules[0], 0x81)] if rules else []
    parts += [ber.text(attribute, 0x82)] if attribute else []
    parts.append(ber.text(_value(value), 0x83))
    parts += [ber.boolean(value=True, tag=0x84)] if whole else []
    return ber.element(_EXTENSIBLE, *parts)


def _value(text: str) -> bytes:
    """Return the bytes of a value, in which `\\2a` is an asterisk."""
    parts, at = [], 0
    for found in _ESCAPE.finditer(text):
        if found[1] is None:
            raise InvalidSpec(_WRONG)
        parts += [text[at : found.start()].encode(errors="surrogateescape"), bytes.fromhex(found[1])]
        at = found.end()
    return b"".join([*parts, text[at:].encode(errors="surrogateescape")])
