"""Every change of a few members and fields, in the ways in which people write manifests, is made in its place."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from scim_operator.local.reading import documents
from scim_operator.sources.update.editing import changes, edited

if TYPE_CHECKING:
    from collections.abc import Iterator

STYLES = {
    "block": lambda body: yaml.safe_dump(body, sort_keys=True, default_style='"'),
    "plain": lambda body: yaml.safe_dump(body, sort_keys=False),
    "deep": lambda body: yaml.safe_dump(body, sort_keys=False, indent=6),
    "flow": lambda body: yaml.safe_dump(body, default_flow_style=True, width=40, default_style="'"),
    "json": lambda body: json.dumps(body, indent=2),
}
FIELDS = ("externalId", "membershipPolicy", "title")


def subsets(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for count in range(len(names) + 1):
        yield from itertools.combinations(names, count)


def changed(style: str, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The spec after an edit of a manifest that is written in a style."""
    body = {"apiVersion": "v1", "kind": "ScimGroup", "metadata": {"name": "dev"}, "spec": old}
    text = STYLES[style](body)
    [document] = documents(text)
    edits = changes(text, document, (), new, [*new], as_json=style == "json")
    [after] = documents(edited(text, edits))
    assert after.value["metadata"] == {"name": "dev"}
    return dict(after.value["spec"])


@pytest.mark.parametrize("style", STYLES)
def test_members_come_and_go(style: str) -> None:
    for old, new in itertools.product(subsets(("a", "b", "c", "d")), repeat=2):
        before, after = ([{"userRef": {"name": name}} for name in names] for names in (old, new))
        spec = {"displayName": "Dev", "members": after}
        assert changed(style, {"displayName": "Dev", "members": before}, spec) == spec, (old, new)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("first", [True, False])
def test_fields_come_go_and_change(style: str, first: bool) -> None:
    """The one that stays is the first or the last."""
    stays = {"displayName": "Dev"} if first else {}
    ends = {} if first else {"zone": "Dev"}
    for old, new in itertools.product(subsets(FIELDS), repeat=2):
        before = {**stays, **dict.fromkeys(old, "a"), **ends}
        after = {**stays, **dict.fromkeys(new, "b"), **ends}
        assert changed(style, before, after) == after, (old, new)
