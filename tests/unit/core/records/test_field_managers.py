"""Whose our fields are: those under the former name go to the present one, and nothing of others'."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.records.field_managers import MANAGER, with_one_owner

CONDITIONS = {"f:status": {"f:conditions": {}, "f:services": {}}}
FINALIZER = {"f:metadata": {"f:finalizers": {".": {}, 'v:"scim-operator.io/deprovision"': {}}}}
ANNOTATED = {"f:metadata": {"f:annotations": {".": {}, "f:scim-operator.io/creating": {}}}}


def entry(manager: str, fields: dict[str, Any], subresource: str = "", **more: Any) -> dict[str, Any]:
    place = {"subresource": subresource} if subresource else {}
    return {"manager": manager, "operation": "Update", "apiVersion": "v1", "fieldsV1": fields, **place, **more}


def test_an_entry_of_the_former_name_becomes_ours() -> None:
    kubectl = entry("kubectl", {"f:spec": {}})
    managed = [kubectl, entry("Python", CONDITIONS, "status"), entry("Python", FINALIZER)]
    assert with_one_owner(managed) == [kubectl, entry(MANAGER, CONDITIONS, "status"), entry(MANAGER, FINALIZER)]


def test_two_entries_become_one() -> None:
    old = entry("Python", {"f:status": {"f:services": {}}}, "status", time="2026-01-01T00:00:00Z")
    new = entry(MANAGER, {"f:status": {"f:conditions": {"f:x": {}}}}, "status", time="2026-02-01T00:00:00Z")
    fields = {"f:status": {"f:services": {}, "f:conditions": {"f:x": {}}}}
    for managed in ([old, new], [new, old]):
        assert with_one_owner(managed) == [entry(MANAGER, fields, "status", time="2026-02-01T00:00:00Z")]


@pytest.mark.parametrize(
    "managed",
    [
        [],
        [entry(MANAGER, CONDITIONS, "status")],
        [entry("Python", {"f:spec": {"f:title": {}}})],
        [entry("Python", {"f:metadata": {"f:labels": {"f:team": {}}}})],
        [entry("Python", {"f:metadata": {"f:annotations": {"f:example.com/note": {}}}})],
        [entry("Python", FINALIZER, operation="Apply")],
        [entry("Python", {"f:metadata": {}, "f:spec": {}})],
    ],
)
def test_what_is_not_ours_stays(managed: list[dict[str, Any]]) -> None:
    assert with_one_owner(managed) is None


def test_both_parts_of_what_the_operator_writes_are_known() -> None:
    assert with_one_owner([entry("Python", ANNOTATED)]) == [entry(MANAGER, ANNOTATED)]
