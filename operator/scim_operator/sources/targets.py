"""Where a value of a source goes: to an attribute of the manifest, or to what refers to others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from scim_operator.api.attributes import group_paths, user_paths
from scim_operator.core.attributes.paths import AttributePath, parse
from scim_operator.core.keys import Kind
from scim_operator.core.resource import ENTERPRISE_USER, WS1B_GROUP, WS1B_USER
from scim_operator.errors import InvalidSpec
from scim_operator.sources.spec import DATES, SECRET

if TYPE_CHECKING:
    from scim_operator.core.resource import Document, JsonValue

MANAGER, GROUPS = "manager", "groups"
_SHORT = {
    Kind.USER: {"enterprise.": f"{ENTERPRISE_USER}:", "ws1b.": f"{WS1B_USER}:"},
    Kind.GROUP: {"ws1b.": f"{WS1B_GROUP}:"},
}
_PATHS = {Kind.USER: re.compile(user_paths()), Kind.GROUP: re.compile(group_paths())}


@dataclass(slots=True)
class Draft:
    """A row on its way to a manifest: what may still be changed of it."""

    document: Document
    manager: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """An attribute, or `manager` or `groups` as `other`; `field` is its place in the spec, as `name.givenName`."""

    text: str
    field: str
    path: AttributePath | None = None
    other: str = ""

    def write(self, draft: Draft, value: JsonValue) -> None:
        """Set the value in the draft; None and what is empty take it away. Errors: InvalidSpec."""
        empty = value in (None, "", [], {})
        if self.other == MANAGER:
            draft.manager = "" if empty else _text(self.text, value)
        elif self.other == GROUPS:
            listed = value if isinstance(value, list) else [] if empty else [value]
            draft.groups = tuple(_text(self.text, each) for each in listed)
        elif self.path is not None and empty:
            self.path.delete(draft.document)
        elif self.path is not None:
            self.path.write(draft.document, value)


def _text(name: str, value: JsonValue) -> str:
    if not isinstance(value, str):
        raise InvalidSpec(f"{name} is to be a text, and the expression gives something else; convert it with string(…)")
    return value


@lru_cache(maxsize=1024)
def target(text: str, kind: Kind) -> Target:
    """Return the target of that name. Errors: InvalidSpec, which says what to write."""
    if kind is Kind.USER and text in (MANAGER, GROUPS):
        return Target(text, text, other=text)
    if kind is Kind.USER and text in DATES:
        return Target(text, text, parse(text))
    long = _long(text, kind)
    if SECRET.search(text):
        raise InvalidSpec(f"{text}: a manifest never holds a password or another secret; leave it out")
    if not _PATHS[kind].fullmatch(long) and not long.lower().startswith("urn:"):
        what = "ScimUser" if kind is Kind.USER else "ScimGroup"
        raise InvalidSpec(f"{text[:100]}: not an attribute of a {what}; write one such as {_EXAMPLES[kind]}")
    path = parse(long)
    whole = path.whole.characteristics
    if whole.multi_valued and path.sub_attribute and not path.comparisons:
        raise InvalidSpec(f'{text}: the attribute has several values; say which, as in emails[type eq "work"].value')
    return Target(text, _field(path), path)


def _long(text: str, kind: Kind) -> str:
    return next((urn + text[len(short) :] for short, urn in _SHORT[kind].items() if text.startswith(short)), text)


def _field(path: AttributePath) -> str:
    known = {urn.rstrip(":").lower(): short.rstrip(".") for kind in Kind for short, urn in _SHORT[kind].items()}
    if path.urn:
        return f"{known.get(path.urn.lower(), f'extensions.{path.urn}')}.{path.attribute}"
    return f"{path.attribute}.{path.sub_attribute}" if path.sub_attribute else path.attribute


_EXAMPLES = {
    Kind.USER: 'userName, name.givenName, emails[type eq "work"].value or enterprise.department',
    Kind.GROUP: "displayName, externalId or ws1b.description",
}
