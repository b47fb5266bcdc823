"""Validation offline refuses what the API server refuses, and nothing else: the tables of tests/envtest, both ways.

There the real API server is asked about each row; here the same rows are asked of `validate`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from scim_operator.api.crd import crds
from scim_operator.local.checks import check
from scim_operator.local.findings import Severity
from scim_operator.local.manifests import collect_texts
from tests.envtest import (
    test_admission_configs,
    test_admission_groups,
    test_admission_mappings,
    test_admission_users,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.envtest.admission import Manifest

MODULES = (test_admission_users, test_admission_groups, test_admission_configs, test_admission_mappings)
GOOD = [row for module in MODULES for row in module.GOOD]
BAD = [row for module in MODULES for row in module.BAD]


def errors(manifest: Any) -> list[str]:
    found = check(collect_texts([("one.json", json.dumps(manifest).encode())]))
    return [each.message for each in found if each.severity is Severity.ERROR]


def rules(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (rule["message"] for rule in node.get("x-kubernetes-validations", ()))
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from rules(each)


MESSAGES = "\n".join(rules(list(crds())))


@pytest.mark.parametrize(("reason", "wanted"), GOOD, ids=[row[0] for row in GOOD])
def test_what_the_api_server_admits_is_valid(reason: str, wanted: Manifest) -> None:
    assert errors(wanted) == [], reason


@pytest.mark.parametrize(("reason", "wanted", "sentence"), BAD, ids=[row[0] for row in BAD])
def test_what_the_api_server_refuses_is_refused(reason: str, wanted: Manifest, sentence: str) -> None:
    found = errors(wanted)
    assert found, f"valid, although: {reason}"
    if sentence in MESSAGES:
        assert any(sentence in message for message in found), reason
