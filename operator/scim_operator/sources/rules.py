"""The rules of an import: which rows, what is changed about them, how manifests are named and laid out.

They come from options and from a file, `import.yaml`, which is reviewed as manifests are; options go first.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import Field

from scim_operator.api.model import ApiModel
from scim_operator.errors import InvalidSpec
from scim_operator.local.document import Unreadable
from scim_operator.local.reading import decoded, documents

if TYPE_CHECKING:
    from collections.abc import Mapping


class Layout(StrEnum):
    """How manifests are laid out in files."""

    PERSON = "person"
    """One file for each person, and for each group."""
    TEAM = "team"
    """One file for each team: a group with its people, or those with the same value."""
    ONE = "one"
    """One file for all."""


class KindRules(ApiModel):
    """The rules for users, or for groups."""

    where: str = ""
    """A condition in CEL over `row`: only rows for which it is true are imported."""
    set: dict[str, str] = Field(default_factory=dict)
    """Values by attribute: each is CEL over `row`."""
    name: str = ""
    """What metadata.name is made of: a column, an attribute, or CEL over `row`."""


class ImportRules(ApiModel):
    """All rules."""

    map: dict[str, str] = Field(default_factory=dict)
    """Attributes by column, of a source that has columns; "" imports the column not at all."""
    users: KindRules = KindRules()
    groups: KindRules = KindRules()
    layout: Layout = Layout.PERSON
    team: str = ""
    """What a team is, for the layout `team`: a column, an attribute, or CEL over `row`; "" takes the group."""


def read_rules(body: bytes, file: str) -> ImportRules:
    """Return the rules of a file. Errors: InvalidSpec, which names the field."""
    try:
        found = [each.value for each in documents(decoded(body))]
    except Unreadable as error:
        raise InvalidSpec(f"{file}:{error.line}: {error}") from None
    if len(found) > 1 or not all(isinstance(each, dict) for each in found):
        raise InvalidSpec(f"{file}: rules are one mapping, with map, users, groups, layout and team")
    try:
        return ImportRules.from_manifest(found[0] if found else {}, at="rules")
    except InvalidSpec as error:
        raise InvalidSpec(f"{file}: {error}") from None


def laid_over(rules: ImportRules, given: Mapping[str, Any]) -> ImportRules:
    """Return the rules with those that options give; `given` has the form of the file, without what is not given."""
    return ImportRules.from_manifest(_merged(rules.model_dump(mode="json"), given), at="rules")


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        merged[name] = _merged(under, value) if isinstance(value, dict) and isinstance(under, dict) else value
    return merged
