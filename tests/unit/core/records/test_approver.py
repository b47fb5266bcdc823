"""Who approved a plan, by what the API server notes of a field and what admission has people say."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.core.records.approver import CHANGED_BY, approver_of


def entry(manager: str, time: str, *fields: str) -> dict[str, Any]:
    return {"manager": manager, "time": time, "fieldsV1": {"f:spec": {name: {} for name in fields}}}


EARLY, LATE = "2026-12-01T08:00:00Z", "2026-12-01T09:00:00Z"
OTHER = entry("kubectl-edit", LATE, "f:mode")

CASES: list[tuple[dict[str, Any], str, str]] = [
    ({}, "", "nothing is known"),
    ({"managedFields": [OTHER]}, "", "someone else wrote another field"),
    ({"managedFields": [entry("argocd-controller", EARLY, "f:approvedPlan"), OTHER]}, "argocd-controller", "its tool"),
    (
        {"managedFields": [entry("late", LATE, "f:approvedPlan"), entry("early", EARLY, "f:approvedPlan")]},
        "late",
        "of two, who wrote last",
    ),
    ({"managedFields": [{"manager": "status", "fieldsV1": {"f:status": {}}}, {}]}, "", "no field of the spec"),
    (
        {"managedFields": [entry("kubectl", LATE, "f:approvedPlan")], "annotations": {CHANGED_BY: "ada"}},
        "kubectl; the spec was last changed by ada",
        "approvals are separated",
    ),
    ({"annotations": {CHANGED_BY: "a" * 1000}}, f"the spec was last changed by {'a' * 224}", "no more than a line"),
]


@pytest.mark.parametrize(("metadata", "said", "why"), CASES, ids=[why for _, _, why in CASES])
def test_the_approver(metadata: dict[str, Any], said: str, why: str) -> None:
    assert approver_of({"metadata": metadata}) == said, why
