"""What the sources of identity providers share: values read with their types, attributes put where they belong. Pure.

An identity provider's own JSON is hostile until read: a value of another type is refused with its name and never shown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scim_operator.core.keys import Kind
from scim_operator.core.resource import CORE_GROUP, CORE_USER
from scim_operator.core.wording import counted, some
from scim_operator.errors import InvalidSpec
from scim_operator.scim.values import Unreadable, resource_id
from scim_operator.sources.pages import note
from scim_operator.sources.row import Refused, SourceRow
from scim_operator.sources.spec import SECRET
from scim_operator.sources.targets import Draft, target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from scim_operator.core.resource import Document, JsonValue

WORK_MAIL, OTHER_MAIL = 'emails[type eq "work"].value', 'emails[type eq "other"].value'
WORK_PHONE, MOBILE = 'phoneNumbers[type eq "work"].value', 'phoneNumbers[type eq "mobile"].value'
FAX = 'phoneNumbers[type eq "fax"].value'
WORK = 'addresses[type eq "work"]'
_SCHEMAS = {Kind.USER: CORE_USER, Kind.GROUP: CORE_GROUP}
_COUNTRY = re.compile("[A-Za-z]{2}")
_MOST = 10


class PeopleSource:
    """Rows of an identity provider, made already: `make` gives them, and `notes` what a person is told."""

    columns = None
    yields = True

    def __init__(self, make: Callable[[], Iterator[SourceRow | Refused]], notes: Iterable[str] = ()) -> None:
        self._make = make
        self.notes = tuple(notes)

    def records(self) -> Iterator[SourceRow | Refused]:
        """Yield the rows, users first."""
        return self._make()


def identified(place: str, items: Iterable[JsonValue]) -> dict[str, Document]:
    """Return objects by id; one may stand there twice, as where pages overlap. Errors: InvalidSpec."""
    found: dict[str, Document] = {}
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict):
            raise InvalidSpec(f"{place}: object {number} is no JSON object; export it again")
        try:
            note(found, resource_id(item.get("id")), item, f"{place}: object {number}")
        except Unreadable as error:
            raise InvalidSpec(f"{place}: object {number} cannot be used: {error}; export it again") from None
    return found


def text(holder: Mapping[str, JsonValue], name: str) -> str:
    """Return a text, "" for none. Errors: InvalidSpec, where it is something else."""
    value = holder.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    raise InvalidSpec(f"{name}: must be a text; correct it at the source")


def flag(holder: Mapping[str, JsonValue], name: str) -> bool | None:
    """Return a truth, None for none. Errors: InvalidSpec, where it is something else."""
    value = holder.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise InvalidSpec(f"{name}: must be true or false; correct it at the source")


def held(holder: Mapping[str, JsonValue], name: str) -> Mapping[str, JsonValue]:
    """Return an object within an object, {} for none. Errors: InvalidSpec, where it is something else."""
    value = holder.get(name)
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise InvalidSpec(f"{name}: must be an object; export it again")


def listed(holder: Mapping[str, JsonValue], name: str) -> list[JsonValue]:
    """Return a list, [] for none. Errors: InvalidSpec, where it is something else."""
    value = holder.get(name)
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise InvalidSpec(f"{name}: must be a list; export it again")


def country(*given: str) -> str:
    """Return the first that is a code of two letters, as SCIM wants a country; "" for none."""
    return next((each.upper() for each in given if _COUNTRY.fullmatch(each)), "")


def document_of(kind: Kind, values: Iterable[tuple[str, JsonValue]]) -> Document:
    """Return the resource with these attributes, by the names that `--set` knows; what is empty is left out."""
    draft = Draft({"schemas": [_SCHEMAS[kind]]})
    for name, value in values:
        if value not in (None, "", [], {}):
            target(name, kind).write(draft, value)
    return draft.document


def rows(
    kind: Kind, objects: Mapping[str, Document], make: Callable[[str, Document], SourceRow]
) -> Iterator[SourceRow | Refused]:
    """Yield a row of each object, or why it has none."""
    for id, item in objects.items():
        try:
            yield make(id, item)
        except InvalidSpec as error:
            yield Refused(place_of(kind, id), str(error))


def row_of_person(id: str, item: Document, values: Iterable[tuple[str, JsonValue]], manager: str = "") -> SourceRow:
    """Return the row of a user with these attributes; `manager` is an id, "" for none."""
    return SourceRow(
        Kind.USER,
        place_of(Kind.USER, id),
        seen(item),
        document_of(Kind.USER, values),
        id=reference(Kind.USER, id),
        lasting=reference(Kind.USER, id),
        manager=reference(Kind.USER, manager) if manager else "",
    )


def row_of_group(id: str, item: Document, name: str, description: str, members: tuple[str, ...] | None) -> SourceRow:
    """Return the row of a group; `members` are references, None where no one knows them."""
    values = (("displayName", name), ("externalId", id), ("ws1b.description", description))
    return SourceRow(
        Kind.GROUP,
        place_of(Kind.GROUP, id),
        seen(item),
        document_of(Kind.GROUP, values),
        id=reference(Kind.GROUP, id),
        lasting=reference(Kind.GROUP, id),
        members=members,
    )


def place_of(kind: Kind, id: str) -> str:
    """Return where a row stands, and what others name it by, in the words of messages."""
    return f"{kind.resource_type.value} {id}"


def reference(kind: Kind, id: str) -> str:
    """Return what members and managers name a row by."""
    return f"{kind.resource_type.value}/{id}"


def seen(item: Document) -> Document:
    """Return what expressions see as `row`: nothing that its name calls a secret."""
    return {name: _seen(value) for name, value in item.items() if not SECRET.search(name)}


def _seen(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return seen(value)
    return [_seen(each) for each in value] if isinstance(value, list) else value


def unknown_members(names: list[str], how: str) -> list[str]:
    """Return the sentence on groups whose members are not known."""
    if not names:
        return []
    return [f"Members of {counted(len(names), 'group')} are not known, and so not managed: {some(names, _MOST)}. {how}"]
