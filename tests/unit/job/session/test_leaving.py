"""Groups that lose members by a change of a manifest go before those that only gain some."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.keys import Kind
from scim_operator.core.records.record import record_of
from scim_operator.job.gather.namespace import Change, Namespace
from scim_operator.job.session.leaving import losing

BOTH = [{"userRef": {"name": "ada"}}, {"userRef": {"name": "grace"}}]
ENGINEERS = [{"userSelector": {"matchLabels": {"unit": "engines"}}}]


def manifest(kind: Kind, name: str, spec: dict[str, Any], labels: dict[str, str] | None = None) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "identity", "uid": f"uid-of-{name}", "labels": labels or {}}
    return {
        "kind": kind.value,
        "metadata": {**metadata, "generation": 1, "resourceVersion": "1"},
        "spec": spec,
    }


def changed(kind: Kind, *manifests: dict[str, Any]) -> set[str]:
    """The groups that lose members by the last of these changes, one after the other."""
    namespace, heard = Namespace(), list[Change]()
    namespace.listen(heard.append)
    for name, spec in (("team", {"displayName": "team", "members": ENGINEERS}), ("other", {"displayName": "other"})):
        namespace.put(record_of(Kind.GROUP, manifest(Kind.GROUP, name, spec)))
    for number, body in enumerate(manifests):
        body["metadata"] |= {"generation": number + 2, "resourceVersion": str(number + 2)}
        namespace.put(record_of(kind, body))
    return {key.name for key in losing(heard[-1], namespace.topology)}


def group(members: list[dict[str, Any]] | None, **spec: Any) -> dict[str, Any]:
    listed = {} if members is None else {"members": members}
    return manifest(Kind.GROUP, "team", {"displayName": "team", **listed, **spec})


@pytest.mark.parametrize(
    ("before", "after", "loses"),
    [
        (group(BOTH), group(BOTH[:1]), True),
        (group(BOTH), group([]), True),
        (group(BOTH), group([BOTH[0], *ENGINEERS]), True),
        (group(BOTH, membershipPolicy="Additive"), group(BOTH), True),
        (group(BOTH[:1]), group(BOTH), False),
        (group(BOTH), group([*reversed(BOTH)], displayName="crew"), False),
        (group(BOTH), group(None), False),
        (group(BOTH), group(BOTH, membershipPolicy="Additive"), False),
    ],
)
def test_a_group_whose_manifest_names_fewer(before: dict[str, Any], after: dict[str, Any], loses: bool) -> None:
    assert changed(Kind.GROUP, before, after) == ({"team"} if loses else set())


def user(unit: str, **spec: Any) -> dict[str, Any]:
    return manifest(Kind.USER, "ada", {"userName": "ada@corp.example", **spec}, {"unit": unit})


@pytest.mark.parametrize(
    ("before", "after", "loses"),
    [
        (user("engines"), user("sales"), True),
        (user("sales"), user("engines"), False),
        (user("engines"), user("engines", title="Countess"), False),
    ],
)
def test_a_user_whom_a_group_selects_no_longer(before: dict[str, Any], after: dict[str, Any], loses: bool) -> None:
    assert changed(Kind.USER, before, after) == ({"team"} if loses else set())
