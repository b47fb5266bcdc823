"""Configs of other namespaces that name the same service."""

from __future__ import annotations

from typing import Any

import pytest

from scim_operator.job.owners.other_namespaces import neighbours


def config(namespace: str, url: str | None, **metadata: Any) -> dict[str, Any]:
    spec = {} if url is None else {"service": {"url": url}}
    return {"metadata": {"namespace": namespace, "name": "c", **metadata}, "spec": spec}


HERE = config("identity", "https://x.example/scim/v2")
OTHERS = [
    (config("payroll", "https://x.example/scim/v2"), True, "the same service"),
    (config("payroll", "https://X.example:443/scim/v2/"), True, "in another spelling"),
    (config("payroll", "https://y.example/scim/v2"), False, "another service"),
    (config("identity", "https://x.example/scim/v2"), False, "this namespace"),
    (config("payroll", "https://x.example/scim/v2", deletionTimestamp="2026-01-01T00:00:00Z"), False, "on its way out"),
    (config("payroll", None), False, "no service"),
    ({"metadata": {"namespace": "payroll", "name": "c"}, "spec": None}, False, "no spec"),
]


@pytest.mark.parametrize(("other", "near", "why"), OTHERS, ids=[why for *_, why in OTHERS])
def test_neighbours(other: dict[str, Any], near: bool, why: str) -> None:
    assert neighbours(HERE, [other]) == ([other] if near else []), why
